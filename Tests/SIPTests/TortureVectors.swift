import FoundationEssentials

/// The messages of RFC 4475 and RFC 5118 beside this file, and what is expected of each.
struct TortureVector: Sendable, CustomStringConvertible {
    let name: String
    let rfc: String
    let section: String
    /// Whether start-line, Via, From, To, Call-ID and CSeq can be read.
    let isValid: Bool
    let bytes: [UInt8]

    var description: String { "\(name) (RFC \(rfc) §\(section))" }

    static let all: [TortureVector] = {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        func read(_ name: String) -> [UInt8] {
            FileManager.default.contents(atPath: "/\(folder)/Vectors/\(name)").map(Array.init) ?? []
        }
        let manifest = String(decoding: read("manifest.txt"), as: UTF8.self)
        return manifest.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: "|").map { $0.filter { $0 != " " } }
            return TortureVector(
                name: columns[0], rfc: columns[1], section: columns[2], isValid: columns[3] == "valid", bytes: read(columns[0] + ".sip"))
        }
    }()
}
