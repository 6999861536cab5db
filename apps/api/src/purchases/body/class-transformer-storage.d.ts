/** Metadata of @Type in class-transformer, which ships no types for this module. */
declare module 'class-transformer/cjs/storage' {
  export const defaultMetadataStorage: import('class-validator-jsonschema/build/options').IOptions['classTransformerMetadataStorage'];
}
