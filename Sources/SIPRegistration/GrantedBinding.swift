import SIP

/// Our own binding in the answer to a REGISTER, which lists all of an address (RFC 3261 §10.2.4, §10.3 step 8).
struct GrantedBinding: Equatable {
    /// Seconds; 0 when the registrar has none of us.
    var expires: UInt32
    var otherBindings: Int

    init(_ message: SIPMessage, contact: SIPURI, outbound: RegistrationConfiguration.Outbound?, asked: UInt32) {
        // A list that cannot be read, or that a registrar leaves out, says nothing of ours.
        let contacts = (try? message.addresses(of: .contact)) ?? []
        let general = message.value(of: .expires).flatMap(Self.seconds) ?? asked
        let own = contacts.filter { Self.isOurs($0, contact, outbound) }
        otherBindings = contacts.count - own.count
        let given = own.compactMap { $0.parameters.plain("expires").flatMap(Self.seconds) ?? general }.max()
        if let given {
            expires = given
        } else if contacts.count == 1, let only = contacts.first, only.uri.user == contact.user {
            // A border element has put its own address into our Contact on the way.
            expires = only.parameters.plain("expires").flatMap(Self.seconds) ?? general
            otherBindings = 0
        } else {
            expires = general
        }
        expires = min(expires, RegistrationConfiguration.longestExpiry)
    }

    /// A device's flow is known by instance and number, whatever its Contact has become (RFC 5626 §6); else the URIs are compared
    /// (RFC 3261 §10.2.4).
    private static func isOurs(_ address: NameAddress, _ contact: SIPURI, _ outbound: RegistrationConfiguration.Outbound?) -> Bool {
        if let outbound, let instance = address.parameters.plain("+sip.instance"), let flow = address.parameters.plain("reg-id") {
            return instance.equalsIgnoringCase("<\(outbound.instance)>") && flow == String(outbound.flow)
        }
        return address.uri.isEquivalent(to: contact)
    }

    /// delta-seconds; more than fits is as good as the most that fits (RFC 3261 §20.19).
    static func seconds(_ text: String) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return UInt32(text) ?? .max
    }

    /// The number that Retry-After begins with; a comment and parameters may follow (RFC 3261 §20.33).
    static func leadingSeconds(_ text: String) -> UInt32? {
        seconds(String(text.prefix { ("0"..."9").contains($0) }))
    }
}
