"""What programs over `commercials_avro` begin with. Results are JSON, with the name of the row; schemas and tables are as shown."""
import json
import sys
import time
import urllib.request

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.avro.functions import from_avro

bootstrap, registry, folder = sys.argv[1:4]
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("WARN")
spark.conf.set("spark.sql.session.timeZone", "UTC")


def tell(row, value):
    print(json.dumps([row, value]), flush=True)


def title(row):
    print(f"--- {row}", flush=True)


def source(reader, **options):
    reader = reader.format("kafka").option("kafka.bootstrap.servers", bootstrap)
    if not {"subscribePattern", "assign"} & options.keys():
        reader = reader.option("subscribe", "commercials_avro")
    for name, value in options.items():
        reader = reader.option(name, value)
    return reader.load()


def topic(offsets):
    return json.dumps({"commercials_avro": offsets})


latest = json.load(urllib.request.urlopen(f"{registry}/subjects/commercials_avro-value/versions/latest"))
schema = latest["schema"]
assert json.load(urllib.request.urlopen(f"{registry}/schemas/ids/{latest['id']}"))["schema"] == schema


def decoded(frame):
    """Behind the frame of 5 bytes, which names the schema."""
    return frame.withColumn("data", from_avro(F.expr("substring(value, 6)"), schema))


def windows(frame):
    return (frame.select("timestamp", "data.*").withWatermark("timestamp", "10 minutes")
        .groupBy(F.window("timestamp", "5 seconds"), "brand").count().filter(F.col("count") > 3))


def triples(rows):
    return sorted([row["brand"], int(row["window"]["start"].timestamp()) * 1000, row["count"]] for row in rows)
