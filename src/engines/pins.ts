/**
 * The files that each engine consists of, as the package registries hold them: Maven coordinates, size in bytes, SHA-256.
 * They are what Maven's dependency plugin copies for the first lines named in `sets.ts`, less what the engine brings itself.
 */

/** Kafka's connectors, the Avro format with a registry, and the SQL gateway, for Flink 2.2. */
export const flinkJars = `
org.apache.flink:flink-sql-avro-confluent-registry:2.2.0 23075867 dc331e14107ded6e07f5f77321aa06d8019aa9f33654d0658e49648409b5b80d
org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2 10666527 5605c691d11a501382c383fecba37a7a552467da5ab7ba904ef5d6f3d62c5616
org.apache.flink:flink-sql-gateway:2.2.1 1045991 fde5f0f6e868c84de01312a4922404f9571c68a6d879e91fc602bbafa5d735aa
`;

/** Kafka's source and sink and the Avro functions, for Spark 4.1 (Scala 2.13). */
export const sparkJars = `
org.apache.commons:commons-pool2:2.12.1 152289 5273c8bc8c0dca2211175c0d27efbd7228efae99689aac001a8e1ef8e872e9ef
org.apache.kafka:kafka-clients:3.9.1 9215194 7568b998572d256f0b7bc0afdc1b7a2588b8b08415c62ce314c864a6851ae9d9
org.apache.spark:spark-avro_2.13:4.1.1 92354 6a19d90bc3b6e88d8db0fa36a19273aa10fea2dbd7a62bb60e4cedd73051b32d
org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1 491694 9c1ce986f548e6b1dcb0e2dfe2f253a0bc58f2232a32a0c9c6c674dd25a8570c
org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.1.1 66579 e510adc37b03d01d0a190d0dab472b5538e05eaa77454f7e9477156d7a6820ae
`;

/** Kafka 4.3.1 with its command-line tools. */
export const kafkaJars = `
org.hdrhistogram:HdrHistogram:2.2.2 177206 22d1d4316c4ec13a68b559e98c8256d69071593731da96136640f864fa14fad8
javax.activation:activation:1.1.1 69409 ae475120e9fcd99b4b00b38329bd61cdc5eb754eee03fe66c01f50e137724f99
org.glassfish.hk2.external:aopalliance-repackaged:3.0.6 27419 a82b6d1a348324ef88dc807c7cd7aaf633985cbff7b30036fb61a1b86981d840
net.sourceforge.argparse4j:argparse4j:0.7.0 90347 65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56
com.github.ben-manes.caffeine:caffeine:3.2.0 906581 ec411dfdf0c03f25218648ce89861630b71680e5858a9a7278ebac8e55cab3d7
io.github.classgraph:classgraph:4.8.179 576120 16558357f234052370109127a45d69a9bd6d8646925594792634486dc48b159d
commons-beanutils:commons-beanutils:1.11.0 246806 9e44ba68ec9a3f21286fa2a8bbb003b735c0f69101bb43144b79f4f8aaa74709
commons-collections:commons-collections:3.2.2 588337 eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8
commons-digester:commons-digester:2.1 196768 e0b2b980a84fc6533c5ce291f1917b32c507f62bcad64198fff44368c2196a3d
commons-logging:commons-logging:1.3.5 73737 6d7a744e4027649fbb50895df9497d109f98c766a637062fe8d2eabbb3140ba4
commons-validator:commons-validator:1.10.1 203132 ed74711a78d793ca37f6075e4a1e93d107233dfd20d0bb17e32bad88d38e56aa
org.apache.kafka:connect-api:4.3.1 113910 5ce6158d453d2d84ab3509260fff872c67fb532a51519da6acafc6835bc48cfe
org.apache.kafka:connect-json:4.3.1 36059 ebd6d4900eb6835f30c6ce74b5f6d4a4fdc19e0a4a1de8da2f4463ea3ef20e41
org.apache.kafka:connect-runtime:4.3.1 836401 9df3d2f78f8a1740af358dd78ccdf1396559223e0cfbf1a697ab9363dead6175
org.apache.kafka:connect-transforms:4.3.1 121083 060bb300977304b53f9aebe79a3298c06a3d4240cb58b01e06eaa75abf4168eb
com.dynatrace.hash4j:hash4j:0.22.0 316573 23028a3fd006e530bf495f551083208187cafd8f80624d048eba56442f16a50e
org.glassfish.hk2:hk2-api:3.0.6 207576 c049a21a9fd9316c7e291a2bc28835f70d25affb623dc1599a83b6b84ec83a4f
org.glassfish.hk2:hk2-locator:3.0.6 205288 e2664d21b017c3aa1518b913264602bea604edc54d356103c10afba99abd04fc
org.glassfish.hk2:hk2-utils:3.0.6 132025 fc84d85a0744b576d9ec7db5845eeb998ed532a9450dd19c8c922c3ee6926206
com.fasterxml.jackson.core:jackson-annotations:2.21 82104 53ca085f4a150f703f49e1aabd935bd03b43e1ea3d55d135438292af22cef56b
com.fasterxml.jackson.core:jackson-core:2.21.2 595531 12e8655b100267b44d0f14d01b1f5082a5105e616174dc4307be1a761e92407b
com.fasterxml.jackson.core:jackson-databind:2.21.2 1701926 8c982f01f148d805f0aaac2339011244757e0df7c6ff8951f2fa3f433b8ed849
com.fasterxml.jackson.dataformat:jackson-dataformat-csv:2.21.2 107830 682f8c7977e02a42748426bf54946e32e52e2f80b84b6642801ab12bd541368a
com.fasterxml.jackson.dataformat:jackson-dataformat-yaml:2.21.2 60604 d25551812fa0c14f37cabaa9401e63eadcea42ce36311183af5622d5bc8a1bc7
com.fasterxml.jackson.datatype:jackson-datatype-jdk8:2.21.2 36037 e581bbf3fc5622d16b57366dd41e10fc56921fb202879de2ef487f87dd9b30e7
com.fasterxml.jackson.jakarta.rs:jackson-jakarta-rs-base:2.21.2 32888 40f4c57a2e6f34505338da188724e7ace7b343dde3964b76a12c993cdedad1af
com.fasterxml.jackson.jakarta.rs:jackson-jakarta-rs-json-provider:2.21.2 17289 ca969ea798efedc4b56589505fab51eb69c11a361b2e7583855593fc8690a666
com.fasterxml.jackson.module:jackson-module-blackbird:2.21.2 64417 5ed62cdcd357a24b73de9280e167aa014d7b4c17d04823844d482274cf07097e
com.fasterxml.jackson.module:jackson-module-jakarta-xmlbind-annotations:2.21.2 32333 f507551c823b137c8487275fc171652a78a4f083732e349e1d3cb42e568dd7e4
com.sun.activation:jakarta.activation:2.0.1 62154 b9e24b7dd6e07495562ea96531be3130c96dba4d78e1dfd88adbbdebf4332871
jakarta.activation:jakarta.activation-api:2.1.0 63473 56e8d994095fe49c28138c60291482f66f18d12ac2b720e938697dce6a3135c7
jakarta.annotation:jakarta.annotation-api:2.1.1 26141 5f65fdaf424eee2b55e1d882ba9bb376be93fb09b37b808be6e22e8851c909fe
jakarta.inject:jakarta.inject-api:2.0.1 10681 f7dc98062fccf14126abb751b64fab12c312566e8cbdc8483598bffcea93af7c
jakarta.servlet:jakarta.servlet-api:6.0.0 347613 c034eb1afb158987dbb53a5fea0cadf611c8dae8daadd59c44d9d5ab70129cef
jakarta.validation:jakarta.validation-api:3.0.2 93298 291c25e6910cc6a7ebd96d4c6baebf6d7c37676c5482c2d96146e901b62c1fc9
jakarta.ws.rs:jakarta.ws.rs-api:3.1.0 154815 6b3b3628b8b4aedda0d24c3354335e985497d8ef3c510b8f3028e920d5b8663d
jakarta.xml.bind:jakarta.xml.bind-api:3.0.1 128941 b8fb4bee3ff5b5c1ef77144d8411316018d7bbd41fcf1ede0646f7978546b867
org.javassist:javassist:3.30.2-GA 794714 eba37290994b5e4868f3af98ff113f6244a6b099385d9ad46881307d3cb01aaf
javax.activation:javax.activation-api:1.2.0 56674 43fdef0b5b6ceb31b0424b208b930c74ab58fac2ceeb7b3f6fd3aeb8b5ca4393
javax.xml.bind:jaxb-api:2.3.1 128076 88b955a0df57880a26a74708bc34f74dcaf8ebf4e78843a28b50eae945732b06
org.glassfish.jersey.core:jersey-client:3.1.10 306530 96cf86c23b515da20a30a39633a920f12a420d1e5f02c55ef5577ca2694d11c6
org.glassfish.jersey.core:jersey-common:3.1.10 1247201 b8df5de87d48d6abf555f340755a056c8cb29a660af958e959db8a4cb3552b54
org.glassfish.jersey.containers:jersey-container-servlet:3.1.10 31995 4aadc66d2d36afb273b3898581d6aa51e0f992308d56fd51b8e3201efa461f67
org.glassfish.jersey.containers:jersey-container-servlet-core:3.1.10 75398 fd15e7e37215d772ccdae8d4076c41a11ad3fec9ca88a1f8a8f6dacf4663bb69
org.glassfish.jersey.inject:jersey-hk2:3.1.10 77963 00ed71c496a856ac1f73272482a7abe27b5a96b823c29cc08f4b708c8d3e647e
org.glassfish.jersey.core:jersey-server:3.1.10 982603 1b33a9be417b72f7ceef3afe9780781b66122b0f1db78f2f82502988072cfab0
org.eclipse.jetty:jetty-alpn-client:12.0.34 7177 dde78ab533961bb853a8ce5a23a90d4dd54cd6522e9e7f90566ca7f44e035ef9
org.eclipse.jetty:jetty-client:12.0.34 355323 b77b7535a809c78af71126b90aed0836cc9f9ac80d32e5cbf7a07025ace14401
org.eclipse.jetty.ee10:jetty-ee10-servlet:12.0.34 441263 08030501c5868ba348e0e349121cb3493586c29d438c725bf76b0559e8d5f5ed
org.eclipse.jetty.ee10:jetty-ee10-servlets:12.0.34 50966 bf9fe841e09f39d498838965b57e52b79f12e7bd5e259e645cc9e0a6cbe96426
org.eclipse.jetty:jetty-http:12.0.34 440877 63890ecc5bb8bf26c4dd0952ef2d0d3dd3f7434b37b21e51f7ea8dfbe96b9dc0
org.eclipse.jetty:jetty-io:12.0.34 340357 3704daeb82b39041ee5e6f810636c2fcb9a10476cdbf0fd067e584ed3110d66a
org.eclipse.jetty:jetty-security:12.0.34 145161 e9a595eff775859a5461c0ce05e27ace5182ee1fdc1b17016453fa41ca0e1560
org.eclipse.jetty:jetty-server:12.0.34 637195 fb7a1401b7b2358e9cb975764c54fac72fcecd7ae5199369041118603cd3fd7d
org.eclipse.jetty:jetty-session:12.0.34 117356 a161ae531c5d6a695f17a547fdf90746dcd929f1abac5c60c7061a6fb20d346f
org.eclipse.jetty:jetty-util:12.0.34 698022 3f8906cd72428d87dbbc0bd915192ce0f426e9db7805d3b0337588c1b6d7206e
net.sf.jopt-simple:jopt-simple:5.0.4 78146 df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28
org.bitbucket.b_c:jose4j:0.9.6 299502 7314af50cde9c99e8eaf43eee617a23edcc6bb43036221064355094999d837ef
org.jspecify:jspecify:1.0.0 3819 1fad6e6be7557781e4d33729d49ae1cdc8fdda6fe477bb0cc68ce351eafdfbab
org.apache.kafka:kafka-clients:4.3.1 10204032 52501b7b47510c66f898871adaf6d2968ab7246561d44ced43643a8a587f0b36
org.apache.kafka:kafka-coordinator-common:4.3.1 125277 66a86b8c89718216ffa72fe4e44b9d1bdf3472e4cb9200c36a0742a25febbdba
org.apache.kafka:kafka-group-coordinator:4.3.1 976899 4ab56d002e1624185c874199e9e0ffb243dbeb9f68b4d0cadf48ce2f617a1126
org.apache.kafka:kafka-group-coordinator-api:4.3.1 11807 d81bc1a3739ff6c9b21815baae00022306342a16d3d94e6a2621201b9980a30d
org.apache.kafka:kafka-metadata:4.3.1 877009 4d73a96c6474a4ebdd67a1cee14da1a94cfd6bb9e6e252685ba5667d8ab7f898
org.apache.kafka:kafka-raft:4.3.1 333497 46abbf89806dd22d848e997cdfb1431524cab4ec88e38a7d2806e20b24a70609
org.apache.kafka:kafka-server:4.3.1 385290 01d736599ec3b0cdbb0480c15219170b28cdae189785e7f0c6f1f26e528eaebc
org.apache.kafka:kafka-server-common:4.3.1 389964 d7c719f749579a399011f0df7414de8a78f10f074a6122caa550fdb141351575
org.apache.kafka:kafka-share-coordinator:4.3.1 113510 8ceeed7346127e652ea5c650b217890aaff14919f967d27fadce420745bd3066
org.apache.kafka:kafka-storage:4.3.1 610223 97e3facddd2914a58f28ec91ef35f8da69963eab3651196e97f487924f6dac98
org.apache.kafka:kafka-storage-api:4.3.1 28500 bc2b22639fa554494461d101d599e01bae840d97c4f46e18fdf3d2fe41a47098
org.apache.kafka:kafka-tools:4.3.1 698668 62f3c5dd7aa3442d4c5bc6a95f86e2502178ea09de8e27f74d9563bf955e253c
org.apache.kafka:kafka-tools-api:4.3.1 9072 dcf6785742e0c8ab11a0fc09c62f1192e11e997dc629669a8db82aa40d933c31
org.apache.kafka:kafka-transaction-coordinator:4.3.1 68622 c64aaa2a88d8fd382c4800204872917686e542043c7916c9e8797d939d8eb313
org.apache.kafka:kafka_2.13:4.3.1 1621852 b098abef5ff878e76f60cd6c559b9baa5663ccb1b55f2837558b22c329d32423
org.apache.logging.log4j:log4j-api:2.25.4 351127 c4b642a7f047275215de117e0e3847eb2c7711d84a0aa7433e7b3c096daf341d
org.apache.logging.log4j:log4j-core:2.25.4 2023860 10fee2c0485d54fa44ee75d314f6295508f7b932281873db61a91b88073200e6
at.yawk.lz4:lz4-java:1.10.2 1002267 252dabd586d22149a31661a8afc1a50747714eb1a298bd4a6e780c8c91a13866
org.apache.maven:maven-artifact:3.9.15 58856 f154c31f15ac97c37b9cdf9f8d63cde5053c470d2daf54df7dfd3bb3c9e501c6
com.yammer.metrics:metrics-core:2.2.0 82123 6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c
org.glassfish.hk2:osgi-resource-locator:1.0.3 19479 aab5d7849f7cfcda2cc7c541ba1bd365151d42276f151c825387245dfde3dd74
org.pcollections:pcollections:4.0.2 73718 2bbeef5797a241300c4f7513cd546239629ed7deda4fc0c31df90bb95f5f13ef
org.codehaus.plexus:plexus-utils:3.6.1 272101 05a63effd67e2d6b9d610cc82e2bd7473289d34802e57a529b28110f28af5679
com.google.re2j:re2j:1.8 114335 7b52c72156dd7f98b3237a5b35c1d34fba381b21048c89208913ad80a45dfbd7
org.scala-lang:scala-library:2.13.18 5940741 4e85d96ff7bc7dc627985523c3541b9917aaa08e956391380c42db21a2c4e5a0
com.typesafe.scala-logging:scala-logging_2.13:3.9.6 61614 0ad0c3f4d89d538b3b6c300158555e266aa69cf1b5f6522aba8b5bad238eb994
org.scala-lang:scala-reflect:2.13.18 3814367 6935ff1982b2ac93d695f15aa66921be2f602921277afe002f018fd8c7d6e29b
org.slf4j:slf4j-api:1.7.36 41125 d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0
org.slf4j:slf4j-nop:1.7.36 3946 c214958b07816cb4412b30c7bdbd4308ffdc6ba2a83767b8f3a9229cbd9274d6
org.yaml:snakeyaml:2.5 340015 e6682acf1ace77508ef13649cbf4f8d09d2cf5457bdb61d25ffb6ac0233d78dd
org.xerial.snappy:snappy-java:1.1.10.7 2338496 4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36
io.swagger.core.v3:swagger-annotations:2.2.39 49585 ea3017076809f8104ff8a130dc4c12db8c67595aa1d978104a9beca8277a7d29
com.github.luben:zstd-jni:1.5.6-10 7305999 b6c3237e24b8252a5a9c3a0e1ae30ef8f323412e74bd358548b7a9e527d676df
`;
