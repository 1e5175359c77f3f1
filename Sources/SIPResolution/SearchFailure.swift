import SIP

/// Why no next hop was found.
package enum SearchFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The URI is neither sip nor sips.
    case notSIP
    /// The transport the URI names is unknown, contradicts sips, or is one that no listener has.
    case transportUnavailable(String)
    /// The address is of a family that no listener of the transport has.
    case familyUnavailable(String)
    /// The host or port can be none.
    case badAddress(String)
    /// The domain does not exist or has no address.
    case noSuchDomain(String)
    /// The domain says that it offers no SIP (RFC 2782, target ".").
    case notOffered(String)
    /// The name servers gave no answer; it may be another time.
    case lookUpFailed(String, LookUpError)

    package var isTemporary: Bool {
        if case .lookUpFailed = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .notSIP: "the URI is neither sip nor sips"
        case .transportUnavailable(let name): "no listener has the transport \(name)"
        case .familyUnavailable(let host): "no listener can reach addresses like \(host)"
        case .badAddress(let text): "\(text) is no address"
        case .noSuchDomain(let name): "\(name) has no address"
        case .notOffered(let name): "\(name) offers no SIP"
        case .lookUpFailed(let name, let error): "the look-up of \(name) failed (\(error))"
        }
    }
}
