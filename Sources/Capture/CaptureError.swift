/// Why a capture file cannot be read on: where, what is wrong there, and how to mend it.
package struct CaptureError: Error, Equatable, CustomStringConvertible {
    /// The byte of the file at which it is wrong; nil when the file as a whole is meant.
    package var offset: Int?
    package var problem: String
    package var remedy: String

    package init(at offset: Int? = nil, _ problem: String, remedy: String) {
        self.offset = offset
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String {
        (offset.map { "at byte \($0): " } ?? "") + "\(problem); \(remedy)"
    }
}
