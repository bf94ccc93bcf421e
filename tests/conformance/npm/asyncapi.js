// Judges AsyncAPI 3.0 documents, one a line on standard input, by the official JSON Schema.
// Prints one JSON array a document: what is wrong with it.
const path = require("path");
const modules = process.argv[2];
const Ajv = require(path.join(modules, "ajv"));
const schema = require(path.join(modules, "@asyncapi/specs/schemas/3.0.0.json"));

// The schema brings its own copy of the meta schema.
const validate = new Ajv({ meta: false, validateSchema: false, strict: false, allErrors: true, validateFormats: false }).compile(schema);
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const errors = validate(JSON.parse(line)) ? [] : validate.errors;
  console.log(JSON.stringify(errors.map((error) => `${error.instancePath} ${error.message}`)));
}
