/// A Referred-By value: who asked for this request by a REFER (RFC 3892 §3). Nothing proves it unless a body of the message does.
package struct ReferredBy: Hashable, Sendable {
    package var address: NameAddress

    package init(_ address: NameAddress) {
        self.address = address
    }

    /// The body that bears the referrer's signature, without its quotes (§3, `cid`).
    package var contentID: String? { address.parameters.plain("cid") }
    package var text: String { address.text }
}

extension SIPMessage {
    /// What Referred-By says; nil when there is none.
    package func referredBy() throws(SIPParseError) -> ReferredBy? {
        try address(of: .referredBy).map { ReferredBy($0) }
    }
}
