/// What a fuzzer's check did not expect; the fuzzer stops at it, and the replay fails.
struct Surprise: Error, CustomStringConvertible {
    let description: String

    /// Throws unless `condition` holds.
    static func unless(_ condition: Bool, _ text: @autoclosure () -> String) throws(Surprise) {
        if !condition { throw Surprise(description: text()) }
    }

    /// What `body` gives, where an error is unexpected.
    static func ifThrown<Value, Failure: Error>(_ text: String, by body: () throws(Failure) -> Value) throws(Surprise) -> Value {
        do { return try body() } catch { throw Surprise(description: "\(text): \(error)") }
    }
}
