"""Rows 3.11 to 3.14 of the walk-through: schemas that Spark derives, registered, and a Kafka sink with a checkpoint. Run again, it goes on."""
import json
import sys
import urllib.request

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.avro.functions import from_avro, to_avro

bootstrap, registry, folder, run = sys.argv[1:5]
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("WARN")


def get(path):
    return json.load(urllib.request.urlopen(f"{registry}{path}"))


def register(subject, schema):
    request = urllib.request.Request(
        f"{registry}/subjects/{subject}/versions",
        json.dumps({"schema": schema}).encode(),
        {"Content-Type": "application/vnd.schemaregistry.v1+json"},
    )
    return json.load(urllib.request.urlopen(request))["id"]


def avro_schema(frame, name):
    """As ABRiS derives it: by Spark's own converter."""
    converters = spark._jvm.org.apache.spark.sql.avro.SchemaConverters
    return converters.toAvroType(frame._jdf.schema(), False, name, "").toString()


def encoded(column, subject):
    latest = get(f"/subjects/{subject}/versions/latest")
    return F.concat(F.unhex(F.lit(f"{latest['id']:010X}")), to_avro(column, latest["schema"]))


def as_avro(frame, topic):
    return frame.select(
        encoded(F.struct(F.col("brand").alias("key_brand")), f"{topic}-key").alias("key"),
        encoded(F.struct("*"), f"{topic}-value").alias("value"),
    )


def kafka(writer, topic):
    return writer.format("kafka").option("kafka.bootstrap.servers", bootstrap).option("topic", topic)


if run == "1":
    agged = spark.createDataFrame([("foo", 1.0, 1.0), ("bar", 2.0, 2.0)], "brand string, rating_mean double, duration_mean double")
    for topic in "metrics_per_brand_spark222xx", "metrics_per_brand_spark222":
        register(f"{topic}-key", avro_schema(agged.select(F.col("brand").alias("key_brand")), "key_brand"))
        register(f"{topic}-value", avro_schema(agged, "topLevelRecord"))
    avro = as_avro(agged, "metrics_per_brand_spark222xx")
    print("--- 3.12", flush=True)
    avro.printSchema()
    kafka(avro.write, "metrics_per_brand_spark222xx").save()

latest = get("/subjects/commercials_avro-value/versions/latest")["schema"]
stream = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", bootstrap)
    .option("subscribe", "commercials_avro").option("startingOffsets", "earliest").load()
    .withColumn("data", from_avro(F.expr("substring(value, 6)"), latest))
    .withWatermark("timestamp", "10 minutes").groupBy("data.brand")
    .agg(F.mean("data.rating").alias("rating_mean"), F.mean("data.duration").alias("duration_mean")))
query = (kafka(as_avro(stream, "metrics_per_brand_spark222").writeStream, "metrics_per_brand_spark222")
    .outputMode("update").option("checkpointLocation", f"{folder}/my_query_checkpoint_dir").start())
query.processAllAvailable()
print("--- 3.14", sum(progress["numInputRows"] for progress in query.recentProgress), flush=True)
query.stop()
spark.stop()
