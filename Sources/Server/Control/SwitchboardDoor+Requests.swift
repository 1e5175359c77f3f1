import CallControl
import NIOCore
import SIP

/// What is asked of the switchboard, on its own loop.
extension SwitchboardDoor {
    /// Nil when the request is about something else.
    func answer(_ request: ControlRequest) -> EventLoopFuture<ControlReply>? {
        switch request.command {
        case .listRooms: ask { switchboard, now in ControlReply { $0.rooms = switchboard.roomListings(at: now) } }
        case .readTrace:
            ask { [after = request.after ?? 0, call = request.call] switchboard, _ in
                ControlReply { $0.trace = switchboard.trace.messages(after: after, callID: call) }
            }
        case .listTrunks: ask { switchboard, now in ControlReply { $0.trunks = switchboard.trunkListings(at: now) } }
        case .listCalls: ask { switchboard, now in ControlReply { $0.standing = switchboard.callListings(at: now) } }
        case .status: ask { switchboard, now in ControlReply { $0.state = switchboard.state(at: now) } }
        case .drain: ask { switchboard, now in ControlReply { $0.calls = switchboard.drain(true, at: now) } }
        case .resume: ask { switchboard, now in ControlReply { $0.calls = switchboard.drain(false, at: now) } }
        case .originate: originate(request)
        default: nil
        }
    }

    private func originate(_ request: ControlRequest) -> EventLoopFuture<ControlReply> {
        order { switchboard, now, promise in
            do throws(OriginateRefusal) {
                try switchboard.originate(
                    request.target ?? "", scenario: request.scenario ?? "", inputs: request.inputs ?? [:], at: now
                ) { status in
                    promise.succeed(status.map { ControlReply(error: "not reached: \($0)") } ?? ControlReply())
                }
            } catch {
                promise.succeed(ControlReply(error: "\(error)"))
            }
        }
    }
}
