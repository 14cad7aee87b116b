# refused: The aggregate COUNT_DISTINCT cannot be expressed in Spark SQL.
