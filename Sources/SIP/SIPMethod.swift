/// A request method; case-sensitive (RFC 3261 §7.1).
package enum SIPMethod: Hashable, Sendable, CustomStringConvertible {
    case invite, ack, bye, cancel, options, register, info, update, prack, subscribe, notify, refer, message, publish
    case other(String)

    package init(_ name: String) {
        self =
            switch name {
            case "INVITE": .invite
            case "ACK": .ack
            case "BYE": .bye
            case "CANCEL": .cancel
            case "OPTIONS": .options
            case "REGISTER": .register
            case "INFO": .info
            case "UPDATE": .update
            case "PRACK": .prack
            case "SUBSCRIBE": .subscribe
            case "NOTIFY": .notify
            case "REFER": .refer
            case "MESSAGE": .message
            case "PUBLISH": .publish
            default: .other(name)
            }
    }

    package var name: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .options: "OPTIONS"
        case .register: "REGISTER"
        case .info: "INFO"
        case .update: "UPDATE"
        case .prack: "PRACK"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .refer: "REFER"
        case .message: "MESSAGE"
        case .publish: "PUBLISH"
        case .other(let name): name
        }
    }

    package var description: String { name }
}
