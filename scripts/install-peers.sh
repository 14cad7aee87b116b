#!/usr/bin/env bash
# Installs the foreign clients that judge Millrace, from the package registries as they are set up on the machine:
# kcat (Debian), confluent-kafka, ksql and ksqldb (PyPI), ksqldb-client (npm), Kafka's Java clients and tools, and the library of the GUIs of 2021 (Maven).
# They go to $MILLRACE_PEERS (default ~/.cache/millrace-peers), outside any clone; what is there already is kept.
set -euo pipefail
peers="${MILLRACE_PEERS:-$HOME/.cache/millrace-peers}"
kafka_version=4.3.1
old_clients_version=2.8.0
confluent_kafka_version=2.14.2
ksql_version=0.10.2
ksqldb_version=1.0.1
ksqldb_client_version=1.0.5
mkdir -p "$peers"

retry() { # retry COMMAND…: three tries, since registries have bad moments
  local n
  for n in 1 2 3; do "$@" && return 0; echo "try $n of: $*" >&2; sleep $((n * 5)); done
  return 1
}

if ! command -v kcat >/dev/null; then
  retry apt-get update -qq
  retry apt-get install -y -qq kcat >/dev/null
fi

if [ ! -f "$peers/venv/.ready-$confluent_kafka_version-protobuf-json" ]; then
  [ -x "$peers/venv/bin/python" ] || python3 -m venv "$peers/venv"
  retry "$peers/venv/bin/pip" install -q "confluent-kafka[avro,schemaregistry,protobuf,json]==$confluent_kafka_version"
  touch "$peers/venv/.ready-$confluent_kafka_version-protobuf-json"
fi

# Its packages build only with the setuptools of their time, so it has an environment of its own.
if [ ! -f "$peers/ksql/.ready-$ksql_version" ]; then
  [ -x "$peers/ksql/bin/python" ] || python3 -m venv "$peers/ksql"
  retry "$peers/ksql/bin/pip" install -q wheel 'setuptools<58'
  retry "$peers/ksql/bin/pip" install -q --no-build-isolation "ksql==$ksql_version"
  touch "$peers/ksql/.ready-$ksql_version"
fi

if [ ! -f "$peers/ksqldb/.ready-$ksqldb_version" ]; then
  [ -x "$peers/ksqldb/bin/python" ] || python3 -m venv "$peers/ksqldb"
  retry "$peers/ksqldb/bin/pip" install -q "ksqldb==$ksqldb_version"
  touch "$peers/ksqldb/.ready-$ksqldb_version"
fi

if [ ! -f "$peers/ksqldb-client/.ready-$ksqldb_client_version" ]; then
  mkdir -p "$peers/ksqldb-client"
  retry npm install --silent --no-save --ignore-scripts --prefix "$peers/ksqldb-client" "ksqldb-client@$ksqldb_client_version"
  touch "$peers/ksqldb-client/.ready-$ksqldb_client_version"
fi

maven_libraries() { # maven_libraries FOLDER GROUP:ARTIFACT:VERSION…: these and what they need, as jars in FOLDER/libs
  local folder="$1" pom artifact
  shift
  [ -f "$folder/.ready" ] && return 0
  pom=$(mktemp -d)
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>peers</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>'
    for artifact in "$@"; do
      IFS=: read -r group name version <<< "$artifact"
      echo "<dependency><groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } > "$pom/pom.xml"
  retry mvn -q -B -f "$pom/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$folder/libs"
  rm -rf "$pom"
  touch "$folder/.ready"
}

kafka=org.apache.kafka
maven_libraries "$peers/kafka-$kafka_version" "$kafka:kafka_2.13:$kafka_version" "$kafka:kafka-tools:$kafka_version" \
  "$kafka:kafka-clients:$kafka_version" org.slf4j:slf4j-nop:1.7.36
maven_libraries "$peers/kafka-clients-$old_clients_version" "$kafka:kafka-clients:$old_clients_version" org.slf4j:slf4j-nop:1.7.30
echo "peers are ready in $peers"
