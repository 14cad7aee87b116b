import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's command-line tools one after the other in one virtual machine, which is what makes a table of a hundred command lines
 * cheap. A request is a line of words in base64: class, standard input, arguments. The answer is a line: exit code, stdout, stderr.
 */
public class ToolServer {
    private static final Base64.Decoder DECODER = Base64.getDecoder();
    private static final Base64.Encoder ENCODER = Base64.getEncoder();

    /** What a tool throws at when it wants to end. */
    private static final class Ended extends Error {
    }

    /** One tool's streams and end. Whatever it prints after it ended is lost, as it would be with its process. */
    private static final class Run {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final List<Runnable> hooks = new ArrayList<>();
        InputStream in;
        int code;
        boolean ended;

        synchronized void end(int code) {
            if (ended)
                return;
            for (Runnable hook : hooks)
                hook.run();
            this.code = code;
            ended = true;
        }
    }

    private static volatile Run run = new Run();

    private static OutputStream current(boolean isErr) {
        return new OutputStream() {
            @Override
            public void write(int b) {
                if (!run.ended)
                    (isErr ? run.err : run.out).write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                if (!run.ended)
                    (isErr ? run.err : run.out).write(bytes, offset, length);
            }
        };
    }

    public static void main(String[] ignored) throws Exception {
        PrintStream answers = System.out;
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        System.setOut(new PrintStream(current(false), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(current(true), true, StandardCharsets.UTF_8));
        System.setIn(new InputStream() {
            @Override
            public int read() throws java.io.IOException {
                return run.in.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws java.io.IOException {
                return run.in.read(bytes, offset, length);
            }
        });
        Exit.Procedure end = (code, message) -> {
            run.end(code);
            throw new Ended();
        };
        Exit.setExitProcedure(end);
        Exit.setHaltProcedure(end);
        Exit.setShutdownHookAdder((name, hook) -> run.hooks.add(hook));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ");
            String[] args = new String[words.length - 2];
            for (int i = 0; i < args.length; i++)
                args[i] = text(words[i + 2]);
            run = new Run();
            run.in = new ByteArrayInputStream(DECODER.decode(words[1].substring(1)));
            call(text(words[0]), args);
            answers.println(run.code + " =" + ENCODER.encodeToString(run.out.toByteArray()) + " ="
                + ENCODER.encodeToString(run.err.toByteArray()));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    /** Every word begins with `=`, so that an empty one is a word. */
    private static String text(String word) {
        return new String(DECODER.decode(word.substring(1)), StandardCharsets.UTF_8);
    }

    private static void call(String name, String[] args) {
        int code = 0;
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (Throwable thrown) {
            Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
            if (!(cause instanceof Ended)) {
                System.err.print("Exception in thread \"main\" ");
                cause.printStackTrace();
                code = 1;
            }
        }
        run.end(code);
    }
}
