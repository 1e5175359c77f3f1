import ArgumentParser
import SIP

/// Whom a test telephone calls.
struct TelephoneTarget {
    let uri: SIPURI

    /// Reads a SIP URI, or a bare number at 127.0.0.1.
    init(_ text: String) throws {
        let full = text.hasPrefix("sip:") ? text : "sip:\(text)@127.0.0.1"
        guard let uri = try? SIPURI.parse(full), uri.isSIP, uri.host.isIPLiteral else {
            throw ValidationError("\(text) is no SIP URI with an IP address: write sip:601@127.0.0.1:5060, or 601")
        }
        self.uri = uri
    }

    /// The address to call from: loopback for loopback, else whatever the machine would take.
    var localAddress: String {
        uri.host.hasPrefix("127.") ? "127.0.0.1" : (LocalAddress.towards(uri.host) ?? "127.0.0.1")
    }
}
