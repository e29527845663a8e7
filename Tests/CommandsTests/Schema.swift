import Foundation
import TestSupport
import Testing

/// The JSON Schemas in docs/json, by which what the commands write is checked.
enum Schema {
  private static let checker = """
    import json, jsonschema, sys
    schema = json.load(open(sys.argv[1]))
    lines = open(sys.argv[2]).read()
    documents = lines.splitlines() if sys.argv[3] == "lines" else [lines]
    for document in documents:
        jsonschema.validate(json.loads(document), schema, jsonschema.Draft202012Validator)
    """

  /// Expects `json` to be what `docs/json/NAME.schema.json` allows; with `isLines`, each line on its own.
  static func expect(
    _ json: String, fits name: String, isLines: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let workspace = try Workspace()
    let document = try workspace.write(Array(json.utf8), "document.json")
    let schema = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/json/\(name).schema.json").standardized.path
    // Debian's Python, which has python3-jsonschema; another one may be before it in PATH.
    let result = try ChildProcess(
      ["/usr/bin/python3", "-c", checker, schema, document, isLines ? "lines" : "whole"]
    ).wait()
    #expect(result.status == 0, "\(result.error)", sourceLocation: sourceLocation)
  }
}
