"""Types into a program on a terminal of its own. Arguments: steps as JSON, then the command.

A step is {"wait": regex}, {"send": text} or {"resize": [columns, rows]}; waits look at what came since the last match, without
the terminal's own codes. What the program wrote is printed; exits with 1 and the step that did not come.
"""
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
codes = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
everything, seen = "", 0

def read(seconds):
    global everything
    ready, _, _ = select.select([terminal], [], [], seconds)
    if not ready:
        return True
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        return False
    everything += chunk.decode("utf8", "replace")
    return bool(chunk)

def end(code, why=""):
    sys.stdout.write(codes.sub("", everything).replace("\r\n", "\n"))
    sys.stderr.write(why)
    sys.stdout.flush()
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
    os._exit(code)

for step in steps:
    if "send" in step:
        os.write(terminal, step["send"].encode())
    elif "wait" in step:
        limit = time.monotonic() + 40
        while True:
            text = codes.sub("", everything).replace("\r\n", "\n")
            found = re.compile(step["wait"], re.S).search(text, seen)
            if found:
                seen = found.end()
                break
            if time.monotonic() > limit or not read(0.2):
                end(1, f"not seen: {step['wait']}\n")
while read(5):
    pass
_, status = os.waitpid(pid, 0)
everything += f"\n[exit {os.waitstatus_to_exitcode(status)}]"
end(0)
