/** The version of Kafka Connect whose REST interface and topics these are. */
export const kafkaVersion = '4.3.1';
/** What its `commit` field says: none of Kafka's, since the code is ours. */
export const kafkaCommit = 'millrace';
