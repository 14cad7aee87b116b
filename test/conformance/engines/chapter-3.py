"""Rows 3.2 to 3.10 of the walk-through, typed into PySpark behind commercials-source.py."""

# 3.2, and every way to say where to begin and where to end.
start = int(sys.argv[4])
df = source(spark.read)
tell("3.2", df.count())
for name, options in {
    "earliest": {"startingOffsets": "earliest", "endingOffsets": "latest"},
    "json": {"startingOffsets": topic({"0": 30, "1": -2, "2": 33})},
    "ending": {"startingOffsets": topic({"0": 1, "1": 2, "2": 3}), "endingOffsets": topic({"0": 5, "1": -1, "2": 3})},
    "startingTimestamp": {"startingTimestamp": str(start + 40_000)},
    "endingTimestamp": {"startingTimestamp": str(start + 10_000), "endingTimestamp": str(start + 20_000)},
    "byTimestamp": {
        "startingOffsetsByTimestamp": topic({"0": start, "1": start + 48_000, "2": start + 45_000}),
        "endingOffsetsByTimestamp": topic({"0": start + 10_000, "1": start + 3_600_000, "2": start + 46_500}),
    },
    "later": {"startingTimestamp": str(start + 3_600_000), "startingOffsetsByTimestampStrategy": "latest"},
    "subscribePattern": {"subscribePattern": "commercials_.*"},
    "assign": {"assign": json.dumps({"commercials_avro": [1, 2]})},
    "minPartitions": {"minPartitions": "7"},
    "group": {"kafka.group.id": "spark-group", "includeHeaders": "true"},
}.items():
    tell(f"3.2 {name}", source(spark.read, **options).count())
tell("3.2 partitions", source(spark.read, minPartitions="7").rdd.getNumPartitions())
try:
    source(spark.read, startingTimestamp=str(start + 3_600_000), startingOffsetsByTimestampStrategy="error").count()
except Exception as error:
    tell("3.2 no such time", "No offset matched" in str(error))

title("3.3")
df.printSchema()

title("3.4")
decoded(df).select("data.*").printSchema()
title("3.5")
stream = decoded(source(spark.readStream, startingOffsets="earliest"))
stream.printSchema()

title("3.6")
decoded(df).groupBy("data.brand").count().orderBy("brand").show()


def batches(frame, mode, row, more=None):
    """On the console, until all is read; then again, with more."""
    title(row)
    query = frame.writeStream.outputMode(mode).format("console").option("truncate", "false").start()
    query.processAllAvailable()
    if more is not None:
        more()
        query.processAllAvailable()
    query.stop()


def copy(count):
    """The first records of a partition once more, as Spark writes them."""
    rows = source(spark.read).where(f"partition = 0 AND offset < {count}")
    rows.select("key", "value", "partition", "timestamp").write.format("kafka").option(
        "kafka.bootstrap.servers", bootstrap).option("topic", "commercials_avro").save()


# The first record of partition 0 is Acme's.
batches(stream.groupBy("data.brand").count(), "complete", "3.6 complete", lambda: copy(1))
batches(stream.groupBy("data.brand").count(), "update", "3.7 update", lambda: copy(1))

# `latest` sees what comes after it began, and a rate is kept.
counted = []
query = (source(spark.readStream, startingOffsets="latest").writeStream
    .foreachBatch(lambda batch, number: counted.append(batch.count())).start())
query.processAllAvailable()
copy(3)
query.processAllAvailable()
query.stop()
tell("3.7 latest", sum(counted))
limited = []
query = (source(spark.readStream, startingOffsets=topic({"0": 0, "1": -2, "2": 10}), maxOffsetsPerTrigger="25").writeStream
    .foreachBatch(lambda batch, number: limited.append(batch.count())).trigger(availableNow=True).start())
query.awaitTermination()
tell("3.7 limited", limited)


tell("3.9", triples(windows(decoded(source(spark.read))).collect()))
query = windows(stream).writeStream.outputMode("complete").format("memory").queryName("windows").start()
query.processAllAvailable()
tell("3.9 streaming", triples(spark.table("windows").collect()))
query.stop()

# Without the copies.
title("3.10")
first = source(spark.read, endingOffsets=topic({"0": 34, "1": 33, "2": 33}))
(decoded(first).groupBy("data.brand").agg(F.mean("data.rating").alias("rating_mean"), F.mean("data.duration").alias("duration_mean"))
    .orderBy("brand").show())
spark.stop()
