# The Millrace image: the whole stack, or the part of it that `--services` names (docker-compose.yml), and the tools that people know from
# the containers of the real systems. It needs no network when it runs.
FROM node:22-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY web/package.json web/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-slim
COPY --from=build /src/package.json /src/LICENSE /opt/millrace/
COPY --from=build /src/node_modules /opt/millrace/node_modules
COPY --from=build /src/dist /opt/millrace/dist
# `docker exec broker kafka-topics …`, with and without `.sh`; `ksql`, `cub`.
RUN printf '#!/bin/sh\nexec node /opt/millrace/dist/cli/main.js "$@"\n' > /usr/local/bin/millrace \
 && printf '#!/bin/sh\nexec millrace "$(basename "$0" .sh)" "$@"\n' > /usr/local/bin/millrace-tool \
 && chmod +x /usr/local/bin/millrace /usr/local/bin/millrace-tool \
 && for tool in ksql $(millrace --help | tr -s ' ' '\n' | grep -xE 'cub|kafka-[a-z-]+'); do \
      ln -s millrace-tool "/usr/local/bin/$tool"; ln -s millrace-tool "/usr/local/bin/$tool.sh"; \
    done \
 && mkdir /data && chown node:node /data
ENV MILLRACE_DATA_DIR=/data MILLRACE_LISTEN=0.0.0.0
USER node
WORKDIR /home/node
VOLUME /data
EXPOSE 9092 8081 8083 8088
STOPSIGNAL SIGTERM
ENTRYPOINT ["millrace"]
CMD ["up"]
