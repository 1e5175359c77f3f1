import Findings

/// Rows found by a key, such as who has which extension.
package struct LookupTable: Sendable {
    package static let rowLimit = 10_000

    package var name: String
    package var fields: [String: ScenarioType]
    package var rows: [String: [String: ScenarioValue]]
    package var location: SourceLocation

    package subscript(_ key: String) -> [String: ScenarioValue]? { rows[key] }
}
