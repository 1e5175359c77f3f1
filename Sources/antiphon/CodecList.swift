import ArgumentParser
import CallControl
import SDP

/// `opus`, or several in order: `opus,g722,pcmu`.
struct CodecList: ExpressibleByArgument {
    static let help = "What is offered, one or in order (opus,pcmu) of: \(CodecName.servedNames)."

    var codecs: [CodecName] = [.pcmu, .pcma]

    init() {}

    init?(argument: String) {
        codecs = []
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let codec = CodecName(served: String(name)), !codecs.contains(codec) else { return nil }
            codecs.append(codec)
        }
    }

    var defaultValueDescription: String { codecs.map(\.shortName).joined(separator: ",") }
}
