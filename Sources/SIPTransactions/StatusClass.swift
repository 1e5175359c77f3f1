import SIP

/// The three kinds of response the INVITE machines tell apart.
package enum StatusClass: Hashable, Sendable, CaseIterable {
    case provisional, success, failure

    package init(_ status: StatusCode) {
        self = status.isProvisional ? .provisional : status.isSuccess ? .success : .failure
    }

    var serverEvent: InviteServerTransaction.Event {
        switch self {
        case .provisional: .provisional
        case .success: .success
        case .failure: .failure
        }
    }

    var clientEvent: InviteClientTransaction.Event {
        switch self {
        case .provisional: .provisional
        case .success: .success
        case .failure: .failure
        }
    }
}
