import CSRTP

/// One direction of a session's SRTP and SRTCP: enciphers what is sent, or checks and deciphers what comes.
///
/// ```
///  outbound   one stream, made at once: that of our own SSRC
///  inbound    a stream for each SSRC that proves to have the key, made at its first packet; `sourceLimit` of them at most
/// ```
/// Packets are changed in place. Used by one thread at a time, made and let go on any, hence `@unchecked Sendable`. The library's state
/// is wiped by the library when it is let go.
package final class SRTPContext: @unchecked Sendable {
    package enum Direction: Equatable, Sendable {
        case outbound(ssrc: UInt32)
        case inbound
    }

    /// Octets that must be free behind a packet that is to be protected: the longest tag and key name, and the index of SRTCP.
    package static let trailerRoom = 152
    /// Sources with streams of their own under one inbound key. A peer has a new one whenever whatever stands behind it changes; only who
    /// has the key makes one at all, and must not make them without end.
    package static let sourceLimit = 32
    /// Packets that the replay window remembers, five seconds of 20 ms: more than any jitter buffer waits.
    package static let window: UInt = 256
    /// A source that was to go on from an earlier key is believed to begin anew after so many packets in a row that do not fit.
    private static let patience = 3

    package let key: SRTPMasterKey
    private let session: srtp_t
    private let isInbound: Bool
    private let hasIdentifier: UInt32

    // Which sources are known. The latest is looked at first: it is nearly always the one.
    private let sources: UnsafeMutablePointer<UInt32>
    private var sourceCount = 0
    private var latest = 0
    /// The source that is expected to go on from an earlier key, and how often in a row its packets did not fit.
    private var resumed: (ssrc: UInt32, failures: Int)?

    package init(_ key: SRTPMasterKey, _ direction: Direction) throws(SRTPError) {
        guard SRTPLibrary.start() else { throw .library(srtp_err_status_init_fail.rawValue) }
        var made: srtp_t?
        let status: srtp_err_status_t
        switch direction {
        case .outbound(let ssrc):
            isInbound = false
            status = Self.withPolicy(key, ssrc: srtp_ssrc_t(type: ssrc_specific, value: ssrc)) { srtp_create(&made, $0) }
        case .inbound:
            isInbound = true
            status = Self.withPolicy(key, ssrc: srtp_ssrc_t(type: ssrc_any_inbound, value: 0)) { srtp_create(&made, $0) }
        }
        guard status == srtp_err_status_ok, let made else { throw SRTPError(status) }
        self.key = key
        session = made
        hasIdentifier = key.identifier.isEmpty ? 0 : 1
        sources = .allocate(capacity: Self.sourceLimit)
        sources.initialize(repeating: 0, count: Self.sourceLimit)
    }

    deinit {
        srtp_dealloc(session)
        sources.deallocate()
    }

    private static func withPolicy(
        _ key: SRTPMasterKey, ssrc: srtp_ssrc_t, _ body: (UnsafePointer<srtp_policy_t>) -> srtp_err_status_t
    ) -> srtp_err_status_t {
        var policy = srtp_policy_t()
        key.suite.write(rtp: &policy.rtp, rtcp: &policy.rtcp)
        policy.ssrc = ssrc
        policy.window_size = window
        return key.withBytes { bytes in
            guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return srtp_err_status_bad_param }
            guard !key.identifier.isEmpty else {
                policy.key = start
                return body(&policy)
            }
            var identifier = key.identifier
            let length = UInt32(identifier.count)
            return identifier.withUnsafeMutableBufferPointer { name in
                var named = srtp_master_key_t(key: start, mki_id: name.baseAddress, mki_size: length)
                return withUnsafeMutablePointer(to: &named) { named in
                    var list: UnsafeMutablePointer<srtp_master_key_t>? = named
                    return withUnsafeMutablePointer(to: &list) { list in
                        policy.keys = list
                        policy.num_master_keys = 1
                        return body(&policy)
                    }
                }
            }
        }
    }

    // MARK: Packets

    /// Enciphers the RTP packet of `count` octets at `packet`, which lies at a multiple of 4 and has `trailerRoom` behind it. Returns its
    /// new length.
    package func protect(_ packet: UnsafeMutableRawPointer, count: Int) throws(SRTPError) -> Int {
        guard count >= 12 else { throw .malformed }
        var length = Int32(truncatingIfNeeded: count)
        let status = srtp_protect_mki(session, packet, &length, hasIdentifier, 0)
        guard status == srtp_err_status_ok else { throw SRTPError(status) }
        return Int(length)
    }

    /// The same for a compound RTCP packet.
    package func protectReport(_ packet: UnsafeMutableRawPointer, count: Int) throws(SRTPError) -> Int {
        guard count >= 8 else { throw .malformed }
        var length = Int32(truncatingIfNeeded: count)
        let status = srtp_protect_rtcp_mki(session, packet, &length, hasIdentifier, 0)
        guard status == srtp_err_status_ok else { throw SRTPError(status) }
        return Int(length)
    }

    /// Checks and deciphers the SRTP packet of `count` octets at `packet`, a multiple of 4. Returns the length of the RTP packet; what lies
    /// there is without meaning after an error.
    package func unprotect(_ packet: UnsafeMutableRawPointer, count: Int) throws(SRTPError) -> Int {
        // The library's own checks differ from version to version; what it is handed has a header, and room for what follows it.
        guard let header = Self.headerLength(packet, count: count), count >= header else { throw .malformed }
        guard count >= header + key.suite.tagLength + key.identifier.count else { throw .notAuthentic }
        let ssrc = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let isKnown = try admit(ssrc)
        var length = Int32(truncatingIfNeeded: count)
        let status = srtp_unprotect_mki(session, packet, &length, hasIdentifier)
        guard status == srtp_err_status_ok else {
            noteFailure(of: ssrc, status)
            throw SRTPError(status)
        }
        if !isKnown { add(ssrc) }
        if resumed?.ssrc == ssrc { resumed = nil }
        return Int(length)
    }

    /// The same for a compound SRTCP packet.
    package func unprotectReport(_ packet: UnsafeMutableRawPointer, count: Int) throws(SRTPError) -> Int {
        guard count >= 8, packet.load(as: UInt8.self) >> 6 == 2 else { throw .malformed }
        guard count >= 8 + 4 + key.suite.reportTagLength + key.identifier.count else { throw .notAuthentic }
        let ssrc = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let isKnown = try admit(ssrc)
        var length = Int32(truncatingIfNeeded: count)
        let status = srtp_unprotect_rtcp_mki(session, packet, &length, hasIdentifier)
        guard status == srtp_err_status_ok else { throw SRTPError(status) }
        if !isKnown { add(ssrc) }
        return Int(length)
    }

    /// Octets of the fixed header, the contributing sources and the header extension, all in the clear (RFC 3711 §3.1); nil when the
    /// packet is no RTP or shorter than that.
    private static func headerLength(_ packet: UnsafeMutableRawPointer, count: Int) -> Int? {
        guard count >= 12 else { return nil }
        let first = packet.load(as: UInt8.self)
        guard first >> 6 == 2 else { return nil }
        var length = 12 + Int(first & 15) * 4
        guard first & 0x10 != 0 else { return length }
        guard count >= length + 4 else { return nil }
        length += 4 + Int(UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: length + 2, as: UInt16.self))) * 4
        return length
    }

    // MARK: Sources

    /// Sources with a stream of their own.
    package var knownSources: Int { sourceCount }

    /// Whether the source is known; throws when it is not and no more are taken.
    private func admit(_ ssrc: UInt32) throws(SRTPError) -> Bool {
        if sourceCount > 0, sources[latest] == ssrc { return true }
        for index in 0..<sourceCount where sources[index] == ssrc {
            latest = index
            return true
        }
        guard sourceCount < Self.sourceLimit else { throw .unknownSource }
        return false
    }

    private func add(_ ssrc: UInt32) {
        guard sourceCount < Self.sourceLimit else { return }
        latest = sourceCount
        sources[sourceCount] = ssrc
        sourceCount += 1
    }

    // MARK: Roll-over

    /// How often the sequence numbers of a source have wrapped (RFC 3711 §3.3.1); nil for one without a stream.
    package func rollOver(of ssrc: UInt32) -> UInt32? {
        var count: UInt32 = 0
        return srtp_get_stream_roc(session, ssrc, &count) == srtp_err_status_ok ? count : nil
    }

    /// What the next packet of a source counts from: for who joins late, and when the key changes, which does not reset the counter
    /// (RFC 3711 §3.3.1). Not on the way of a packet: a stream may have to be made.
    package func setRollOver(_ count: UInt32, of ssrc: UInt32) throws(SRTPError) {
        if isInbound, !((try? admit(ssrc)) ?? true) {
            let status = Self.withPolicy(key, ssrc: srtp_ssrc_t(type: ssrc_specific, value: ssrc)) { srtp_add_stream(session, $0) }
            guard status == srtp_err_status_ok else { throw SRTPError(status) }
            add(ssrc)
        }
        let status = srtp_set_stream_roc(session, ssrc, count)
        guard status == srtp_err_status_ok else { throw SRTPError(status) }
    }

    /// Takes the latest source of the context that this one comes after, and its counter with it: a new key resets nothing. Some peers begin
    /// at 0 with a new key all the same: they are followed once some packets in a row did not fit.
    package func goOn(from former: SRTPContext) {
        guard isInbound, former.isInbound, former.sourceCount > 0 else { return }
        let ssrc = former.sources[former.latest]
        guard let count = former.rollOver(of: ssrc), count > 0, (try? setRollOver(count, of: ssrc)) != nil else { return }
        resumed = (ssrc, 0)
    }

    private func noteFailure(of ssrc: UInt32, _ status: srtp_err_status_t) {
        guard let waiting = resumed, waiting.ssrc == ssrc, status == srtp_err_status_auth_fail else { return }
        resumed?.failures += 1
        guard waiting.failures + 1 >= Self.patience else { return }
        // Without a stream of its own it is a source like any other: its counter begins at 0.
        resumed = nil
        srtp_remove_stream(session, ssrc.bigEndian)
        sourceCount -= 1
        for index in 0...sourceCount where sources[index] == ssrc { sources[index] = sources[sourceCount] }
        latest = 0
    }
}
