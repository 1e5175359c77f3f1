import CallControl
import Findings
import SDP
import SIP

/// Encryption of sound (RFC 3711) with keys in SDP (RFC 4568).
extension Configuration {
    /// Whether any call may be encrypted.
    var mayEncrypt: Bool { encryption != .off || peerRules.contains { $0.encryption ?? .off != .off } }

    /// Keys stand in the SDP: whoever reads the signalling hears the call (RFC 4568 §11). Told where somebody insists on encryption and has
    /// SIP in the clear beyond this machine, as he may think that he is safe.
    func warnOfKeysInClear(at location: SourceLocation, into findings: inout [Finding]) {
        let insisting = peerRules.filter { $0.encryption == .required && !$0.isKnownByCertificateAlone }.map { "peer `\($0.name)`" }
        let demands = (encryption == .required ? ["`srtp: required`"] : []) + insisting
        let open = listeners.filter { $0.transport != .tls && !Self.isLoopback($0.address) }
        guard let demand = demands.first, let listener = open.first else { return }
        findings.append(
            .warning(
                "keys-in-clear", at: location,
                "encryption is required (\(demand)), and the keys for it are readable by everybody on the way of SIP over "
                    + "\(listener.transport.rawValue) at \(listener.address):\(listener.port)",
                mend: "listen with transport tls only, or write srtp: optional where that will do"))
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}

extension PeerRules {
    /// Nobody is taken for this peer who does not come over TLS.
    fileprivate var isKnownByCertificateAlone: Bool {
        signs.allSatisfy { if case .tlsName = $0 { true } else { false } }
    }
}
