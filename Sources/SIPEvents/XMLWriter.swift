/// Writes XML 1.0 without white space between elements. Names are ours; values are anybody's and are escaped.
struct XMLWriter {
    private(set) var bytes: [UInt8]

    /// A document.
    init() { bytes = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8) }

    /// Elements that are to be put into a document.
    init(fragment: Void) { bytes = [] }

    /// Puts in what another writer has made.
    mutating func append(_ fragment: [UInt8]) { bytes += fragment }

    /// An element with what `content` writes into it.
    mutating func element(_ name: StaticString, _ attributes: [(String, String)] = [], _ content: (inout XMLWriter) -> Void) {
        open(name, attributes)
        content(&self)
        close(name)
    }

    /// An element with a text.
    mutating func element(_ name: StaticString, _ attributes: [(String, String)] = [], text: String) {
        element(name, attributes) { $0.escape(text) }
    }

    private mutating func open(_ name: StaticString, _ attributes: [(String, String)]) {
        append("<\(name)")
        for (key, value) in attributes {
            append(" \(key)=\"")
            escape(value)
            append("\"")
        }
        append(">")
    }

    private mutating func close(_ name: StaticString) { append("</\(name)>") }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            // A parser would make a space of these in an attribute (XML 1.0 §3.3.3).
            case "\t", "\n", "\r": append("&#\(scalar.value);")
            // Not even as a reference may these stand (§2.2 Char).
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: append("\u{FFFD}")
            default: bytes += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
    }
}
