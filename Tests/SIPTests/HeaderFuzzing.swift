import SIP

/// What must hold for any text taken as a header value: what was read, written and read again is the same. The first byte says as what
/// the rest is read.
enum HeaderFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        guard let kind = bytes.first else { return }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        switch kind % 8 {
        case 0: try check(text, { (text) throws(SIPParseError) in try EventHeader.parse(text) }, \.text)
        case 1:
            guard let state = try? SubscriptionState.parse(text) else { return }
            let again = try Surprise.ifThrown(state.text) { () throws(SIPParseError) in try SubscriptionState.parse(state.text) }
            try Surprise.unless(
                again.phase == state.phase && again.expires == state.expires && again.retryAfter == state.retryAfter, state.text)
        case 2: try check(text, { (text) throws(SIPParseError) in try Replaces.parse(text) }, \.text)
        case 3:
            guard let values = try? AuthenticationValue.list(text) else { return }
            try Surprise.unless(values.count <= 32, "\(values.count) authentication values")
            for value in values {
                _ = (value.isDigest, value["realm"], value["nonce"], value["qop"])
                // White space within an opaque value, and a name without a value, are written in another way.
                guard case .parameters(let parameters) = value.parts, !parameters.items.isEmpty else { continue }
                let again = try Surprise.ifThrown(value.text) { () throws(SIPParseError) in try AuthenticationValue.list(value.text) }
                try Surprise.unless(again == [value], "\(value.text) is read as \(again.map(\.text))")
            }
        case 4:
            guard let reasons = try? Reason.list(text) else { return }
            for reason in reasons { try Surprise.unless(reason.cause ?? 0 <= 999, "cause \(reason.cause ?? 0)") }
        case 5:
            guard let index = HistoryInfo.Index(text) else { return }
            try Surprise.unless(HistoryInfo.Index(index.description) == index, index.description)
            try Surprise.unless(!index.isAncestor(of: index), "\(index) above itself")
        case 6:
            guard let uri = try? SIPURI.parse(text), let target = try? uri.retargetingTarget() else { return }
            let again = try Surprise.ifThrown(target.text) { () throws(SIPParseError) in try SIPURI.parse(target.text) }
            try Surprise.unless(again == target, "target \(target.text)")
        default:
            // What a scenario says is written by the stack, and never ends its line.
            var value = AuthenticationValue(scheme: "Digest")
            value.add("realm", text, isQuoted: true)
            try Surprise.unless(value["realm"] == lineOf(text), "realm \(text) became \(value["realm"] ?? "nothing")")
            var writer = MessageWriter(method: .options, uri: "sip:a@b")
            writer.add(named: text, "x")
            writer.add(extra: [("Subject", text), (text, text)])
            let lines = String(decoding: writer.finish(), as: UTF8.self).unicodeScalars.split(separator: "\n").count
            try Surprise.unless((4...6).contains(lines), "\(lines) lines")
        }
    }

    private static func check<Value: Equatable>(
        _ text: String, _ read: (String) throws(SIPParseError) -> Value, _ write: (Value) -> String
    ) throws(Surprise) {
        guard let value = try? read(text) else { return }
        let again = try Surprise.ifThrown(write(value)) { () throws(SIPParseError) in try read(write(value)) }
        try Surprise.unless(again == value, "\(write(value)) is read as \(write(again))")
    }

    private static func lineOf(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\r" || $0 == "\n" ? " " : $0 }))
    }
}
