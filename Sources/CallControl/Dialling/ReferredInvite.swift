import SIP

/// What an INVITE that a REFER asks for says beside its address: whose wish it is, and the call that it takes the place of. Other headers
/// that a Refer-To asks for are left out: they would be the referrer's words in our name.
struct ReferredInvite {
    var headers: [(String, String)] = []
    /// The part of the body that the `cid` of Referred-By names, signed by the referrer. It MUST go on, and unchanged (RFC 3892 §2.2): the
    /// target decides what it is worth.
    var token: [UInt8]?

    init(_ referTo: ReferTo, _ message: SIPMessage) throws(SIPParseError) {
        if let replaces = try referTo.replaces() { headers.append(("Replaces", replaces.text)) }
        guard let referredBy = try message.referredBy() else { return }
        headers.append(("Referred-By", referredBy.text))
        if let contentID = referredBy.contentID, let body = message.body { token = Self.token(contentID, in: body, message) }
    }

    private static func token(_ contentID: String, in body: Body, _ message: SIPMessage) -> [UInt8]? {
        if let part = MultipartBody.part(contentID, of: body) { return part }
        // The whole body, named in the header of the message (RFC 8262 §3).
        guard message.value(named: "Content-ID") == "<\(contentID)>" else { return nil }
        return Array("Content-Type: \(body.contentType)\r\nContent-ID: <\(contentID)>\r\n\r\n".utf8) + body.bytes
    }
}
