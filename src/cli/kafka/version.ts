/** The version of Kafka whose tools these are like; `--version` prints it. */
export const kafkaVersion = '4.3.1';
