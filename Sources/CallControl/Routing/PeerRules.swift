import SDP
import SIP

/// How calls of one peer (a proxy, a carrier's trunk, an exchange) are read, where it does things its own way.
package struct PeerRules: Hashable, Sendable {
    /// What a peer is known by.
    package enum Sign: Hashable, Sendable, CustomStringConvertible {
        case network(AddressNetwork)
        /// A SIP domain that its certificate proves (RFC 5922 §7.1), in small letters.
        case tlsName(String)

        package var description: String {
            switch self {
            case .network(let network): "\(network)"
            case .tlsName(let name): name
            }
        }
    }

    /// For logs and for `antiphon explain`.
    package var name: String
    /// Any one of them is enough.
    package var signs: [Sign]
    /// Whether it is believed about who the caller is (RFC 3325 §5); nil leaves it to the list of trusted peers.
    package var isTrusted: Bool?
    /// Which of its headers say who the caller is.
    package var caller: CallerIdentity.Rules
    /// The order of rules, the diverter and the header by which a mailbox is found, on routes that leave them open.
    package var mailbox: MailboxRules
    /// The codecs to use with it, in our order; nil: as with all others.
    package var codecs: [CodecName]?
    /// Whether our order of codecs wins over the one of its offers (RFC 3264 §6.1 leaves it to us); nil: as with all others.
    package var prefersOwnCodecs: Bool?
    /// Whether sound from and to it is encrypted; nil: as with all others.
    package var encryption: MediaEncryption?

    package init(
        name: String, signs: [Sign], isTrusted: Bool? = nil, caller: CallerIdentity.Rules = .init(), mailbox: MailboxRules = .init(),
        codecs: [CodecName]? = nil, prefersOwnCodecs: Bool? = nil
    ) {
        self.name = name
        self.signs = signs
        self.isTrusted = isTrusted
        self.caller = caller
        self.mailbox = mailbox
        self.codecs = codecs
        self.prefersOwnCodecs = prefersOwnCodecs
    }

    /// What is offered to the peer and answered to it, where all others get `server`.
    package func capabilities(_ server: AudioCapabilities) -> AudioCapabilities {
        var capabilities = server
        if let codecs { capabilities.codecs = codecs }
        if let prefersOwnCodecs { capabilities.prefersOwnOrder = prefersOwnCodecs }
        if let encryption { capabilities.encryption = encryption }
        return capabilities
    }
}

/// Where a request came from, as far as it tells peers apart.
package struct CallSource: Hashable, Sendable {
    /// An address without brackets.
    package var host: String
    /// SIP domains that the certificate of its TLS connection proves.
    package var tlsNames: [String]

    package init(host: String, tlsNames: [String] = []) {
        self.host = host
        self.tlsNames = tlsNames
    }

    package init(_ flow: Flow) {
        self.init(host: flow.remote.host, tlsNames: flow.transport == .tls ? flow.peerNames : [])
    }
}

/// The peers with rules of their own: the first that a call's source fits counts.
package struct PeerBook: Sendable {
    package struct Match: Hashable, Sendable {
        package var rules: PeerRules
        package var sign: PeerRules.Sign
    }

    package var peers: [PeerRules]

    package init(_ peers: [PeerRules] = []) { self.peers = peers }

    package func match(_ source: CallSource) -> Match? {
        for rules in peers {
            for sign in rules.signs where Self.fits(sign, source) { return Match(rules: rules, sign: sign) }
        }
        return nil
    }

    private static func fits(_ sign: PeerRules.Sign, _ source: CallSource) -> Bool {
        switch sign {
        case .network(let network): network.contains(source.host)
        case .tlsName(let name): source.tlsNames.contains { $0.equalsIgnoringCase(name) }
        }
    }
}
