package record

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of a line of the stream.
//
//go:embed schema.json
var Schema []byte
