"""METRICS_PER_BRAND, METRICS_PER_BRAND_WINDOWED: written by "millrace deploy".

Needs the packages spark-sql-kafka-0-10 and spark-avro of this version of Spark.
"""
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.avro.functions import from_avro, to_avro


def from_registered(schemas):
    """Decodes values that begin with the id of one of these schemas, as the last of them says."""
    options = {"mode": "PERMISSIVE", "avroSchema": list(schemas.values())[-1]}
    return F.coalesce(*[
        F.when(F.expr(f"hex(substring(value, 1, 5)) = '{id:010X}'"), from_avro(F.expr("substring(value, 6)"), schema, options))
        for id, schema in schemas.items()
    ])


def to_registered(columns, id, schema):
    """Encodes columns as Avro behind the id under which the schema is registered."""
    return F.concat(F.unhex(F.lit(f"{id:010X}")), to_avro(columns, schema))


spark = SparkSession.builder.appName("METRICS_PER_BRAND, METRICS_PER_BRAND_WINDOWED").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
# As in ksqlDB: overflow wraps, division by zero is null.
spark.conf.set("spark.sql.ansi.enabled", "false")
spark.conf.set("spark.sql.caseSensitive", "true")

# METRICS_BRAND_STREAM
(
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", "localhost:9092")
    .option("subscribe", "commercials_avro")
    .option("startingOffsets", "earliest")
    .load()
    .where("value IS NOT NULL")
    .withColumn("v", from_registered({7: '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}]}'}))
    .where("v IS NOT NULL")
    .select(
        F.col("v.`brand`").cast("STRING").alias("BRAND"),
        F.col("v.`duration`").cast("INT").alias("DURATION"),
        F.col("v.`rating`").cast("INT").alias("RATING"),
        F.col("timestamp").alias("event_time"),
        F.unix_millis("timestamp").alias("ROWTIME"),
        F.col("partition").alias("ROWPARTITION"),
        F.col("offset").alias("ROWOFFSET"),
    ).withWatermark("event_time", "86395 seconds")
    .createOrReplaceTempView("METRICS_BRAND_STREAM")
)

# METRICS_PER_BRAND

spark.sql("""
SELECT
  `BRAND`,
  COUNT(*) AS `CNT`,
  COALESCE(CAST(CAST(SUM(`DURATION`) AS INT) AS DOUBLE) / COUNT(`DURATION`), 0D) AS `DURATION_MEAN`,
  COALESCE(CAST(CAST(SUM(`RATING`) AS INT) AS DOUBLE) / COUNT(`RATING`), 0D) AS `RATING_MEAN`
FROM `METRICS_BRAND_STREAM`
WHERE `BRAND` IS NOT NULL
GROUP BY `BRAND`
""").createOrReplaceTempView("METRICS_PER_BRAND_ROWS")

(
    spark.table("METRICS_PER_BRAND_ROWS")
    .select(
        F.expr("CAST(`BRAND` AS BINARY)").alias("key"),
        to_registered(F.struct(F.col("`CNT`").alias("CNT"), F.col("`DURATION_MEAN`").alias("DURATION_MEAN"), F.col("`RATING_MEAN`").alias("RATING_MEAN")), 9, '{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"CNT","type":["null","long"],"default":null},{"name":"DURATION_MEAN","type":["null","double"],"default":null},{"name":"RATING_MEAN","type":["null","double"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"}').alias("value"),
    )
    .writeStream.format("kafka")
    .queryName("METRICS_PER_BRAND")
    .option("kafka.bootstrap.servers", "localhost:9092")
    .option("topic", "METRICS_PER_BRAND")
    .option("checkpointLocation", "checkpoints/METRICS_PER_BRAND")
    .outputMode("update")
    .start()
)

# METRICS_PER_BRAND_WINDOWED

spark.sql("""
SELECT
  `BRAND`,
  COUNT(*) AS `KSQL_COL_0`,
  UNIX_MILLIS(window.start) AS `WINDOWSTART`,
  UNIX_MILLIS(window.end) AS `WINDOWEND`
FROM `METRICS_BRAND_STREAM`
WHERE `BRAND` IS NOT NULL
GROUP BY `BRAND`, WINDOW(event_time, '5 seconds')
HAVING (COUNT(*) > CAST(3 AS BIGINT))
""").createOrReplaceTempView("METRICS_PER_BRAND_WINDOWED_ROWS")

(
    spark.table("METRICS_PER_BRAND_WINDOWED_ROWS")
    .select(
        F.expr("unhex(concat(hex(`BRAND`), lpad(hex(`WINDOWSTART`), 16, '0')))").alias("key"),
        to_registered(F.struct(F.col("`KSQL_COL_0`").alias("KSQL_COL_0")), 9, '{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"KSQL_COL_0","type":["null","long"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"}').alias("value"),
    )
    .writeStream.format("kafka")
    .queryName("METRICS_PER_BRAND_WINDOWED")
    .option("kafka.bootstrap.servers", "localhost:9092")
    .option("topic", "METRICS_PER_BRAND_WINDOWED")
    .option("checkpointLocation", "checkpoints/METRICS_PER_BRAND_WINDOWED")
    .outputMode("update")
    .start()
)

print("The queries run.", flush=True)
for query in spark.streams.active:
    query.awaitTermination()
# emission-by-batch: Spark writes a group of METRICS_PER_BRAND that changed once for each micro-batch.
# at-least-once: Spark's Kafka sink is at-least-once: the rows of METRICS_PER_BRAND may come twice after a failure.
# emission-by-batch: Spark writes a group of METRICS_PER_BRAND_WINDOWED that changed once for each micro-batch.
# no-withdrawal: A group of METRICS_PER_BRAND_WINDOWED that HAVING lets through no more stays in the topic: Spark withdraws nothing.
# late-rows: Spark's watermark moves between micro-batches, so rows of METRICS_PER_BRAND_WINDOWED that the statement drops as late may be counted.
# at-least-once: Spark's Kafka sink is at-least-once: the rows of METRICS_PER_BRAND_WINDOWED may come twice after a failure.