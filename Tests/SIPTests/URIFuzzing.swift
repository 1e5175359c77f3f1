import SIP

/// What must hold for any text taken as a URI, or two of them in two lines.
enum URIFuzzing {
    static func check(_ bytes: [UInt8]) throws(Surprise) {
        let lines = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let uris = try lines.compactMapThrowing { line throws(Surprise) in try checkOne(String(decoding: line, as: UTF8.self)) }
        for uri in uris {
            for other in uris { try Surprise.unless(uri.isEquivalent(to: other) == other.isEquivalent(to: uri), "unequal one way only") }
        }
        if let address = try? NameAddress.parse(String(decoding: bytes, as: UTF8.self)) { try checkAddress(address) }
    }

    private static func checkOne(_ text: String) throws(Surprise) -> SIPURI? {
        guard let uri = try? SIPURI.parse(text) else { return nil }
        let again = try Surprise.ifThrown("\(uri.text) cannot be read again") { () throws(SIPParseError) in try SIPURI.parse(uri.text) }
        try Surprise.unless(again == uri, "\(uri.text) is read as \(again.text)")
        // In brackets a URI keeps to itself: nothing of it becomes a parameter of the header.
        let address = NameAddress(uri: uri)
        let inBrackets = try Surprise.ifThrown("\(address.text) is no address") { () throws(SIPParseError) in
            try NameAddress.parse(address.text)
        }
        try Surprise.unless(inBrackets == address, "\(address.text) is read as \(inBrackets.text)")
        let names = uri.parameters.items.map(\.name.lowercasedASCII)
        if Set(names).count == names.count { try Surprise.unless(uri.isEquivalent(to: uri), "\(uri.text) is not itself") }
        if let user = uri.user, uri.isSIP, !user.isEmpty, !user.unicodeScalars.contains("\u{FFFD}") {
            // What is shown of a user can be dialled again.
            try Surprise.unless(SIPURI(user: user, host: uri.host).user == user, "the user of \(uri.text) is lost")
        }
        if let target = try? uri.retargetingTarget() { _ = target.endpoint }
        _ = (uri.endpoint, uri.isLooseRouter, uri.retargetingCause, uri.hashValue)
        return uri
    }

    private static func checkAddress(_ address: NameAddress) throws(Surprise) {
        let again = try Surprise.ifThrown("\(address.text) cannot be read again") { () throws(SIPParseError) in
            try NameAddress.parse(address.text)
        }
        try Surprise.unless(again.uri == address.uri && again.parameters == address.parameters, "\(address.text) is read as \(again.text)")
        let referTo = ReferTo(address)
        try Surprise.unless(referTo.target.headers.isEmpty && !referTo.target.parameters.contains("method"), "a target with headers")
        if let replaces = try? referTo.replaces() {
            let written = ReferTo(target: referTo.target, replaces: replaces)
            let read = try Surprise.ifThrown("\(written.text) names no call") { () throws(SIPParseError) in try written.replaces() }
            try Surprise.unless(read == replaces, "\(written.text) names another call")
        }
        let entry = HistoryInfo(address)
        _ = (entry.departure, entry.cause, ReferredBy(address).contentID, referTo.method)
    }
}

extension Sequence {
    /// `compactMap` for a typed error.
    fileprivate func compactMapThrowing<Value>(_ transform: (Element) throws(Surprise) -> Value?) throws(Surprise) -> [Value] {
        var values: [Value] = []
        for element in self { if let value = try transform(element) { values.append(value) } }
        return values
    }
}
