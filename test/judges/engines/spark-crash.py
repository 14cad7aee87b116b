"""Doubles every number and counts each group, in small batches with a checkpoint each, until all is read; goes on after every failure."""
import sys

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

bootstrap, folder = sys.argv[1:3]
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

numbers = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", bootstrap)
    .option("subscribe", "numbers").option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", "500")
    .load().select(F.from_json(F.col("value").cast("string"), "n bigint, g string").alias("v")).select("v.*"))
results = {
    "doubled": (numbers.select(F.col("n").cast("string").alias("key"), F.to_json(F.struct("n", (F.col("n") * 2).alias("twice"))).alias("value")), "append"),
    "counts": (numbers.groupBy("g").agg(F.count("*").alias("c"))
        .select(F.col("g").alias("key"), F.to_json(F.struct("g", "c")).alias("value")), "update"),
}


def start(topic):
    frame, mode = results[topic]
    return (frame.writeStream.format("kafka").option("kafka.bootstrap.servers", bootstrap).option("topic", topic)
        .option("checkpointLocation", f"{folder}/checkpoints/{topic}").outputMode(mode).trigger(availableNow=True).start())


queries = {topic: start(topic) for topic in results}
failures = 0
for topic in results:
    while True:
        try:
            queries[topic].awaitTermination()
            break
        except StreamingQueryException as error:
            failures += 1
            print(str(error).split("\n")[0], file=sys.stderr, flush=True)
            queries[topic] = start(topic)
print(f"failures {failures}", flush=True)
spark.stop()
