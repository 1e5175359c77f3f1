/// Why a look-up brought no records.
package enum LookUpError: Error, Hashable, Sendable {
    /// NXDOMAIN: the name does not exist (RFC 2308 §2.1).
    case noSuchName
    /// The name exists, but has no such records (RFC 2308 §2.2).
    case noRecords
    /// SERVFAIL, REFUSED and the like, from every server.
    case serverFailure
    /// No server answered in time.
    case timedOut
    /// A server answered with what is no DNS message.
    case malformed
    /// The resolver was stopped.
    case cancelled
    /// Too many look-ups are under way.
    case busy

    /// Whether asking again later may bring records.
    package var isTemporary: Bool { self != .noSuchName && self != .noRecords }

    /// Whether the resolver itself gave up, so that further questions are pointless now.
    var isOurs: Bool { self == .cancelled || self == .busy }
}

package typealias Answer = Result<[Record], LookUpError>
