/** The options that compiled files carry by number, per thing that they are set on. Others are lost when a file is compiled here. */
export const optionNumbers: Readonly<
  Record<'file' | 'message' | 'field' | 'enum' | 'constant' | 'service' | 'rpc', Readonly<Record<string, number>>>
> = {
  file: {
    java_package: 1,
    java_outer_classname: 8,
    optimize_for: 9,
    java_multiple_files: 10,
    go_package: 11,
    cc_generic_services: 16,
    java_generic_services: 17,
    py_generic_services: 18,
    java_generate_equals_and_hash: 20,
    deprecated: 23,
    java_string_check_utf8: 27,
    cc_enable_arenas: 31,
    objc_class_prefix: 36,
    csharp_namespace: 37,
    swift_prefix: 39,
    php_class_prefix: 40,
    php_namespace: 41,
    php_metadata_namespace: 44,
    ruby_package: 45,
  },
  message: { message_set_wire_format: 1, no_standard_descriptor_accessor: 2, deprecated: 3, map_entry: 7 },
  field: { ctype: 1, packed: 2, deprecated: 3, lazy: 5, jstype: 6, weak: 10, 'confluent.field_meta': 1088 },
  enum: { allow_alias: 2, deprecated: 3 },
  constant: { deprecated: 1 },
  service: { deprecated: 33 },
  rpc: { deprecated: 33, idempotency_level: 34 },
};

export const textOptions: ReadonlySet<string> = new Set([
  'java_package',
  'java_outer_classname',
  'go_package',
  'objc_class_prefix',
  'csharp_namespace',
  'swift_prefix',
  'php_class_prefix',
  'php_namespace',
  'php_metadata_namespace',
  'ruby_package',
]);

export const booleanOptions: ReadonlySet<string> = new Set([
  'java_multiple_files',
  'cc_generic_services',
  'java_generic_services',
  'py_generic_services',
  'java_generate_equals_and_hash',
  'deprecated',
  'java_string_check_utf8',
  'cc_enable_arenas',
  'message_set_wire_format',
  'no_standard_descriptor_accessor',
  'map_entry',
  'packed',
  'lazy',
  'weak',
  'allow_alias',
]);
