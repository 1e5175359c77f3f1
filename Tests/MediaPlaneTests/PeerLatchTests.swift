import Testing

@testable import MediaPlane

/// Whose packets a session takes for its own, and where it sends.
@Suite struct PeerLatchTests {
    private let ours: LoopbackSocket
    private let described = SocketAddress(host: "127.0.0.2", port: 4_000)
    private let stranger = SocketAddress(host: "127.0.0.3", port: 5_000)
    private let other = SocketAddress(host: "127.0.0.4", port: 6_000)

    init() throws { ours = try LoopbackSocket() }

    private func aimed() throws -> (PeerLatch, SocketAddress, SocketAddress, SocketAddress) {
        let (described, stranger, other) = (try #require(described), try #require(stranger), try #require(other))
        return (PeerLatch(aimedAt: described), described, stranger, other)
    }

    @Test func theAddressOfTheSDPLatchesAtOnce() throws {
        var (latch, described, stranger, _) = try aimed()
        #expect(!latch.isLatched && latch.target == described, "sending begins there before anything has come")
        #expect(ours.peer == nil)
        let isAdmitted = latch.admits(described, socket: ours.socket)
        #expect(isAdmitted && latch.isLatched)
        let peer = try #require(ours.peer)
        #expect(peer == described, "the kernel keeps everybody else out")
        let isStrangerAdmitted = latch.admits(stranger, socket: ours.socket)
        #expect(!isStrangerAdmitted && latch.target == described)
    }

    @Test func theSameHostWithAnotherPortIsTakenAtOnce() throws {
        var (latch, described, _, _) = try aimed()
        var moved = described
        moved.port = 4_567
        let isAdmitted = latch.admits(moved, socket: ours.socket)
        #expect(isAdmitted && latch.isLatched && latch.target == moved)
    }

    @Test func whereOnlyTheNegotiatedAddressCountsNobodyElseIsHeard() throws {
        var (latch, described, stranger, _) = try aimed()
        latch.followsSources = false
        var moved = described
        moved.port = 4_567
        for source in [moved, stranger, stranger, stranger, stranger] {
            let isAdmitted = latch.admits(source, socket: ours.socket)
            #expect(!isAdmitted && latch.target == described && !latch.isLatched)
        }
        let isAdmitted = latch.admits(described, socket: ours.socket)
        #expect(isAdmitted && latch.isLatched)
        latch.loosen(socket: ours.socket)
        let isStrangerAdmitted = (0..<4).contains { _ in latch.admits(stranger, socket: ours.socket) }
        #expect(!isStrangerAdmitted && latch.target == described)
    }

    @Test func aStrangerNeedsThreePacketsInARow() throws {
        var (latch, described, stranger, other) = try aimed()
        var taken = [stranger, stranger, other, stranger, stranger].map { latch.admits($0, socket: ours.socket) }
        #expect(taken == [false, false, false, false, false] && !latch.isLatched)
        #expect(latch.target == described, "we still send to the SDP's address")
        taken = [stranger, described].map { latch.admits($0, socket: ours.socket) }
        #expect(taken == [true, false] && latch.target == stranger)
    }

    @Test func thePeersOwnPacketsBetweenTwoStraysCountNothingForTheStray() throws {
        var (latch, described, stranger, _) = try aimed()
        _ = latch.admits(stranger, socket: ours.socket)
        let isAdmitted = latch.admits(described, socket: ours.socket)
        #expect(isAdmitted && latch.target == described)
    }

    /// Whoever was referred to has the same media session, and whoever referred him may be on the same host.
    @Test func theFormerPeersLatePacketsAreNotTheNewOnes() throws {
        var (latch, described, _, _) = try aimed()
        _ = latch.admits(described, socket: ours.socket)
        var next = described
        next.port = 4_900
        latch.aim(at: next, socket: ours.socket)
        let late = (0..<5).map { _ in latch.admits(described, socket: ours.socket) }
        #expect(!late.contains(true) && latch.target == next)
        let isAdmitted = latch.admits(next, socket: ours.socket)
        #expect(isAdmitted && latch.isLatched)
    }

    /// RFC 2543's hold names no address; whoever held so is the same peer when he is back.
    @Test func whoeverHeldByNoAddressIsHeardAtOnceAgain() throws {
        var (latch, described, stranger, _) = try aimed()
        _ = (0..<3).map { _ in latch.admits(stranger, socket: ours.socket) }
        latch.aim(at: try #require(SocketAddress(host: "0.0.0.0", port: 4_000)), socket: ours.socket)
        latch.aim(at: described, socket: ours.socket)
        let taken = (0..<3).map { _ in latch.admits(stranger, socket: ours.socket) }
        #expect(taken == [false, false, true] && latch.target == stranger)
    }

    @Test func theFormerAddressCountsAgainWhenNobodyElseIsHeard() throws {
        var (latch, described, stranger, _) = try aimed()
        _ = latch.admits(described, socket: ours.socket)
        latch.aim(at: stranger, socket: ours.socket)
        latch.loosen(socket: ours.socket)
        let taken = (0..<3).map { _ in latch.admits(described, socket: ours.socket) }
        #expect(taken == [false, false, true] && latch.target == described)
    }

    @Test func afterALongSilenceThePeerMayComeBackFromElsewhere() throws {
        var (latch, described, stranger, _) = try aimed()
        _ = latch.admits(described, socket: ours.socket)
        latch.loosen(socket: ours.socket)
        #expect(!latch.isLatched && latch.target == described && ours.peer == nil, "we go on sending where we did")
        let taken = (0..<3).map { _ in latch.admits(stranger, socket: ours.socket) }
        #expect(taken == [false, false, true] && latch.target == stranger)
    }

    @Test func aNewAddressStartsAnew() throws {
        var (latch, described, stranger, other) = try aimed()
        _ = latch.admits(described, socket: ours.socket)
        latch.aim(at: other, socket: ours.socket)
        #expect(!latch.isLatched && latch.target == other && ours.peer == nil)
        for _ in 0..<2 { _ = latch.admits(stranger, socket: ours.socket) }
        latch.aim(at: described, socket: ours.socket)
        let isAdmitted = latch.admits(stranger, socket: ours.socket)
        #expect(!isAdmitted, "the count of a stranger starts anew, too")
    }

    @Test func theSameAddressAgainChangesNothing() throws {
        var (latch, described, _, _) = try aimed()
        _ = latch.admits(described, socket: ours.socket)
        latch.aim(at: described, socket: ours.socket)
        #expect(latch.isLatched && ours.peer != nil)
    }

    /// A phone behind a NAT describes its inner address in every re-INVITE: hold and resume must not send our sound there.
    @Test func theSameDescriptionAgainKeepsThePeerBehindANAT() throws {
        var (latch, described, stranger, _) = try aimed()
        for _ in 0..<3 { _ = latch.admits(stranger, socket: ours.socket) }
        latch.aim(at: described, socket: ours.socket)
        #expect(latch.isLatched && latch.target == stranger)
        latch.loosen(socket: ours.socket)
        latch.aim(at: described, socket: ours.socket)
        #expect(latch.target == stranger, "nor after a silence")
    }

    /// Only then is it known of every datagram whose it is without asking.
    @Test func theSocketIsThePeersAloneOnceItWasFoundEmpty() throws {
        var (latch, described, _, other) = try aimed()
        latch.drained()
        #expect(!latch.isAlone, "anybody can still send to it")
        _ = latch.admits(described, socket: ours.socket)
        #expect(!latch.isAlone, "what came before may still wait in it")
        latch.drained()
        #expect(latch.isAlone)
        latch.loosen(socket: ours.socket)
        #expect(!latch.isAlone)
        _ = latch.admits(described, socket: ours.socket)
        latch.drained()
        latch.aim(at: other, socket: ours.socket)
        #expect(!latch.isAlone)
    }
}
