/// The profile that an `m=` line names.
struct RTPProfile: Equatable {
    /// RTP/SAVP and RTP/SAVPF (RFC 3711, RFC 5124).
    var isSecure: Bool

    /// Those with feedback (RFC 4585) are taken like the others: no kind of feedback is negotiated where the answer names none.
    init?(_ transport: String) {
        switch transport {
        case "RTP/AVP": isSecure = false
        case "RTP/SAVP": isSecure = true
        default:
            switch transport.uppercased() {
            case "RTP/AVP", "RTP/AVPF": isSecure = false
            case "RTP/SAVP", "RTP/SAVPF": isSecure = true
            default: return nil
            }
        }
    }
}
