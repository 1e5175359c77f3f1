/// A row of a table, by its key.
package struct LookupStep: Equatable, Sendable {
    package var table: String
    package var key: Expression
    package var into: String?
    /// Under this name wrong keys are counted.
    package var guardName: String?
    package var found: [Step]
    package var missing: [Step]
}
