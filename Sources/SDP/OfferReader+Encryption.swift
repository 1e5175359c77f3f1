extension OfferReader {
    /// What becomes of the `a=crypto` lines of the stream that is taken.
    func encryption(of stream: MediaDescription, at index: Int, _ audio: NegotiatedAudio) -> [Remark] {
        guard capabilities.encryption != .off else { return [] }
        let written = stream.attributes.lazy.filter { $0.name == CryptoAttribute.name }.prefix(32)
        var remarks: [Remark] = []
        for attribute in written {
            let value = attribute.value ?? ""
            // The tag is enough to find the line by; the key is not to be told.
            let tag = value.split(separator: " ").first.map(String.init) ?? ""
            let line = lines.number(of: "a=crypto:" + tag, in: index)
            do {
                let parsed = try CryptoAttribute(parsing: value)
                remarks.append(
                    parsed.key == audio.crypto?.inbound
                        ? Remark("encrypted with \(parsed.suiteName), the answer has its tag \(tag)", "RFC 4568 section 7.1.2", line: line)
                        : Remark("the key with tag \(tag) is not needed: another was chosen", "RFC 4568 section 7.1.2", line: line))
            } catch {
                remarks.append(Remark(error.sentence, "RFC 4568 section 5.1.2", line: line))
            }
        }
        if audio.crypto == nil { remarks.append(Remark("in the clear: no key that can be used is offered", "RFC 4568 section 5")) }
        return remarks
    }
}

extension CryptoFault {
    fileprivate var sentence: String {
        switch self {
        case .malformed: "the key is passed over: the line is not of the form of an a=crypto"
        case .unknownSuite: "the key is passed over: its suite is not spoken here"
        case .unsupported(let what): "the key is passed over: \(what) is not followed here"
        }
    }
}
