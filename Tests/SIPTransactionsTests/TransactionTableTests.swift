import Testing

@testable import SIPTransactions

/// Every state with every event, for each machine.
@Suite struct TransactionTableTests {
    typealias InviteServer = InviteServerTransaction
    typealias InviteClient = InviteClientTransaction
    typealias OtherServer = NonInviteServerTransaction
    typealias OtherClient = NonInviteClientTransaction

    @Test(arguments: [false, true])
    func terminatedIsTheEnd(_ isReliable: Bool) {
        for event in InviteServer.Event.allCases {
            #expect(InviteServer.transition(from: .terminated, on: event, isReliable: isReliable) == (.terminated, []))
        }
        for event in InviteClient.Event.allCases {
            #expect(InviteClient.transition(from: .terminated, on: event, isReliable: isReliable) == (.terminated, []))
        }
        for event in OtherServer.Event.allCases {
            #expect(OtherServer.transition(from: .terminated, on: event, isReliable: isReliable) == (.terminated, []))
        }
        for event in OtherClient.Event.allCases {
            #expect(OtherClient.transition(from: .terminated, on: event, isReliable: isReliable) == (.terminated, []))
        }
    }

    /// Whoever reaches `terminated` says so, once, and stops its timers.
    @Test(arguments: [false, true])
    func theEndIsReported(_ isReliable: Bool) {
        for state in InviteServer.State.allCases where state != .terminated {
            for event in InviteServer.Event.allCases {
                let (next, actions) = InviteServer.transition(from: state, on: event, isReliable: isReliable)
                #expect((next == .terminated) == actions.contains(.reportTermination))
                #expect(next != .terminated || actions.contains(.stopTimers))
            }
        }
        for state in InviteClient.State.allCases where state != .terminated {
            for event in InviteClient.Event.allCases {
                let (next, actions) = InviteClient.transition(from: state, on: event, isReliable: isReliable)
                #expect((next == .terminated) == actions.contains(.reportTermination))
            }
        }
        for state in OtherServer.State.allCases where state != .terminated {
            for event in OtherServer.Event.allCases {
                let (next, actions) = OtherServer.transition(from: state, on: event, isReliable: isReliable)
                #expect((next == .terminated) == actions.contains(.reportTermination))
            }
        }
        for state in OtherClient.State.allCases where state != .terminated {
            for event in OtherClient.Event.allCases {
                let (next, actions) = OtherClient.transition(from: state, on: event, isReliable: isReliable)
                #expect((next == .terminated) == actions.contains(.reportTermination))
            }
        }
    }

    /// RFC 6026: nothing but its timer ends `accepted`, and a copy of the INVITE is absorbed there.
    @Test func acceptedAbsorbsTheInvite() {
        for event in InviteServer.Event.allCases {
            let (next, actions) = InviteServer.transition(from: .accepted, on: event, isReliable: false)
            #expect(next == (event == .expiryTimer ? .terminated : .accepted))
            if event == .invite { #expect(actions.isEmpty) }
        }
    }

    @Test func retransmissionsOnlyOverUnreliableTransports() {
        #expect(InviteServer.transition(from: .proceeding, on: .failure, isReliable: false).1.contains(.startG))
        #expect(!InviteServer.transition(from: .proceeding, on: .failure, isReliable: true).1.contains(.startG))
        #expect(OtherServer.transition(from: .trying, on: .final, isReliable: true).0 == .terminated)
        #expect(OtherClient.transition(from: .trying, on: .final, isReliable: true).0 == .terminated)
        #expect(InviteClient.transition(from: .calling, on: .failure, isReliable: true).0 == .terminated)
    }
}
