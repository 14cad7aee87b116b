"""Rows 3.6, 3.9 and 3.10 up to given offsets, behind commercials-source.py."""
frame = decoded(source(spark.read, startingOffsets="earliest", endingOffsets=topic(json.loads(sys.argv[4]))))
tell("3.6", sorted([row["brand"], row["count"]] for row in frame.groupBy("data.brand").count().collect()))
tell("3.9", triples(windows(frame).collect()))
means = frame.groupBy("data.brand").agg(F.mean("data.duration").alias("duration"), F.mean("data.rating").alias("rating"))
tell("3.10", sorted([row["brand"], row["duration"], row["rating"]] for row in means.collect()))
spark.stop()
