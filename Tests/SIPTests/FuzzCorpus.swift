import FoundationEssentials

/// What the fuzzers keep: inputs that reach each part of the code, and those that once broke it.
struct FuzzCorpus {
    /// By name, in order.
    let files: [(name: String, bytes: [UInt8])]

    /// `target` as in Fuzz/README.md.
    init(_ target: String) {
        let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fuzz/corpus/\(target)/"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        files = names.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + name).map { (name, Array($0)) }
        }
    }
}
