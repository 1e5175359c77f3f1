import MediaPlane
import RTP
import Timing

/// A party of a call that stands, and how it sounds both ways, for whoever looks after the server.
package struct CallListing: Sendable, Codable, Equatable {
    /// One direction since the call began, as it was when the session last told: every five seconds or so.
    package struct Sound: Sendable, Codable, Equatable {
        /// Per cent of the packets that should have come.
        package var lost: Double
        /// Per cent of them that came too late to be heard.
        package var late: Double
        /// Milliseconds.
        package var jitter: Double
        /// Milliseconds that a packet waits for its turn; nil where nobody listens as it comes, or that is not known.
        package var buffer: Int?
        /// The mean opinion of a conversation, 1 to 4.5; nil where it cannot be rated.
        package var opinion: Double?
        /// Why it is poor, when it is.
        package var cause: String?
    }

    /// The Call-ID of the caller's side.
    package var call: String
    package var caller: String
    package var dialled: String
    package var scenario: String
    /// Whom the server has called for the caller; nil for the caller himself.
    package var callee: String?
    /// Since the call came, or was answered by the callee.
    package var seconds: Int
    package var codec: String?
    /// To the party and back, in milliseconds.
    package var roundTrip: Double?
    /// What the party says, as it is heard here, and what it hears, by its own reports; nil as long as there are none.
    package var from: Sound?
    package var to: Sound?
}

extension Switchboard {
    /// All calls that stand, the oldest first, each followed by whom the caller talks with.
    package func callListings(at now: MonotonicTime) -> [CallListing] {
        calls.values.sorted { ($0.startedAt, $0.callID) < ($1.startedAt, $1.callID) }.flatMap { call in
            func listing(callee: String?, since: MonotonicTime, media: CallMedia?, figures: SessionStatistics?) -> CallListing {
                var listing = CallListing(
                    call: call.callID, caller: call.caller, dialled: "\(call.dialled)", scenario: call.scenarioName, callee: callee,
                    seconds: Int((now - since).components.seconds), codec: media?.audio?.codec.shortName)
                if let figures, let codec = media?.audio?.codec.encodingName { listing.add(figures, codec: codec) }
                return listing
            }
            var listings = [listing(callee: nil, since: call.startedAt, media: call.media, figures: call.figures)]
            if let leg = party(of: call) {
                listings.append(
                    listing(callee: leg.target, since: leg.answeredAt ?? now, media: leg.media, figures: leg.figures))
            }
            return listings
        }
    }
}

extension CallListing {
    fileprivate mutating func add(_ figures: SessionStatistics, codec: String) {
        let party = callee == nil ? "caller" : "callee"
        roundTrip = figures.roundTripMilliseconds?.rounded(toPlaces: 1)
        if figures.losses.expected > 0 {
            let heard = figures.heard(in: codec)
            from = Sound(
                heard, buffer: figures.bufferDelayMilliseconds, opinion: heard.rating?.conversationalScore, cause: heard.cause(from: party))
        }
        if let said = figures.said(in: codec) {
            let buffer = figures.metricsOfPeer.flatMap { $0.jitterBufferNominal > 0 ? Int($0.jitterBufferNominal) : nil }
            to = Sound(said, buffer: buffer, opinion: figures.opinionOfPeer(in: codec), cause: said.cause(to: party))
        }
    }
}

extension CallListing.Sound {
    fileprivate init(_ quality: DirectionQuality, buffer: Int?, opinion: Double?, cause: String?) {
        self.init(
            lost: (100 * quality.missing.lossRate).rounded(toPlaces: 2), late: (100 * quality.missing.discardRate).rounded(toPlaces: 2),
            jitter: quality.jitterMilliseconds.rounded(toPlaces: 2), buffer: buffer, opinion: opinion?.rounded(toPlaces: 2), cause: cause)
    }
}
