/** Where class-transformer keeps what @Type says; it has no types of its own. */
declare module 'class-transformer/cjs/storage' {
  export const defaultMetadataStorage: import('class-validator-jsonschema/build/options').IOptions['classTransformerMetadataStorage'];
}
