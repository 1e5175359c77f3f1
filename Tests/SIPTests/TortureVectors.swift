import FoundationEssentials

/// The messages of RFC 4475 beside this file, and what is expected of each.
struct TortureVector: Sendable, CustomStringConvertible {
    let name: String
    let section: String
    /// Whether start-line, Via, From, To, Call-ID and CSeq can be read.
    let isValid: Bool
    let bytes: [UInt8]

    var description: String { "\(name) (RFC 4475 §\(section))" }

    static let all: [TortureVector] = {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        func read(_ name: String) -> [UInt8] {
            FileManager.default.contents(atPath: "/\(folder)/Vectors/\(name)").map(Array.init) ?? []
        }
        let manifest = String(decoding: read("manifest.txt"), as: UTF8.self)
        return manifest.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: "|").map { $0.filter { $0 != " " } }
            return TortureVector(name: columns[0], section: columns[1], isValid: columns[2] == "valid", bytes: read(columns[0] + ".sip"))
        }
    }()
}
