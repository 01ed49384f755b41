// The interface by the names of its operations: what each takes and gives. `api.d.ts` is made from the service's own
// description by tests/web/check, so that a page which asks for what is not there does not pass.

import type { components, paths } from "./api";

export type Schemas = components["schemas"];

type Method = "get" | "put" | "post" | "patch" | "delete";

/** For instance `GET /api/v1/attempts/{id}`. */
export type OperationName = {
  [Path in keyof paths & string]: {
    [Verb in Method]: paths[Path][Verb] extends undefined ? never : `${Uppercase<Verb>} ${Path}`;
  }[Method];
}[keyof paths & string];

type Operation<Name extends OperationName> =
  Name extends `${infer Verb} ${infer Path}`
    ? Path extends keyof paths
      ? Lowercase<Verb> extends keyof paths[Path] ? NonNullable<paths[Path][Lowercase<Verb>]> : never
      : never
    : never;

type Json<Part> = Part extends { content: { "application/json": infer Body } } ? Body : never;
/** What is not JSON is sent as the file that it is. */
type Sent<Part> = Part extends { content: { "application/json": infer Body } } ? Body : Part extends { content: object } ? Blob : never;
type Success<Replies> = { [Status in keyof Replies]: Status extends 200 | 201 | 202 ? Json<Replies[Status]> : never }[keyof Replies];

/** What a success brings; `null` where it brings nothing. */
export type ReplyOf<Name extends OperationName> =
  Operation<Name> extends { responses: infer Replies } ? ([Success<Replies>] extends [never] ? null : Success<Replies>) : never;

type Needed<Name extends string, Value> = [Value] extends [never] ? {} : { [Key in Name]: Value };
type Wished<Name extends string, Value> = [Value] extends [never] ? {} : { [Key in Name]?: Value };

type PathOf<Shape> = Shape extends { parameters: { path: infer Path extends object } } ? Path : never;
type QueryOf<Shape> = Shape extends { parameters: { query?: infer Query } } ? Extract<Query, object> : never;
type HeadersOf<Shape> = Shape extends { parameters: { header: infer Headers extends object } } ? Headers : never;
type BodyOf<Shape> = Shape extends { requestBody: infer Body } ? Sent<Body> : never;
type WishedBodyOf<Shape> = Shape extends { requestBody: unknown } ? never : Shape extends { requestBody?: infer Body } ? Sent<Body> : never;

/** What a request takes: `path`, `query`, `headers` and `body` as far as the operation has them. */
export type RequestOf<Name extends OperationName> =
  Needed<"path", PathOf<Operation<Name>>> &
  Wished<"query", QueryOf<Operation<Name>>> &
  Needed<"headers", HeadersOf<Operation<Name>>> &
  Needed<"body", BodyOf<Operation<Name>>> &
  Wished<"body", WishedBodyOf<Operation<Name>>>;
