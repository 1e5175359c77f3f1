/// Puts into words what offer and answer make of an offer.
struct OfferReader {
    typealias Remark = SDPExplanation.Remark

    let offer: SessionDescription
    let lines: DescriptionLines
    let capabilities: AudioCapabilities
    let local: LocalMedia

    /// Attributes without meaning here, by what they belong to.
    private static let ignored: [(names: Set<String>, what: String, reference: String)] = [
        (
            ["ice-ufrag", "ice-pwd", "ice-options", "ice-lite", "candidate", "end-of-candidates", "remote-candidates"],
            "ICE is not spoken: the addresses of c= and m= are used", "RFC 8839 section 4.2.5"
        ),
        (["rtcp-fb", "rtcp-rsize"], "feedback messages have no meaning under RTP/AVP", "RFC 4585 section 4"),
        (["crypto"], "keys have no meaning under RTP/AVP", "RFC 4568 section 5"),
        (["fingerprint", "setup", "key-mgmt"], "keys have no meaning under RTP/AVP", "RFC 4568 section 5"),
        (["tcap", "pcfg", "acap"], "other configurations are not looked at: the one of the m= line is answered", "RFC 5939 section 3.6"),
        (["ssrc", "ssrc-group", "msid", "msid-semantic"], "sources are recognised from what they send", "RFC 5576 section 4"),
        (["extmap", "extmap-allow-mixed"], "header extensions are not used", "RFC 8285 section 6"),
    ]

    func sessionRemarks() -> [Remark] {
        var remarks: [Remark] = []
        for attribute in offer.attributes where attribute.name == "group" {
            let line = lines.number(of: "a=group", in: nil)
            remarks.append(
                attribute.value?.hasPrefix("BUNDLE") == true
                    ? Remark(
                        "the streams are not bundled: each keeps its own address, the answer has no group", "RFC 9143 section 7.3",
                        line: line)
                    : Remark("the group is not formed: the answer has none", "RFC 5888 section 9.2", line: line))
        }
        return remarks + passedOver(offer.attributes, stream: nil)
    }

    func streams(taken negotiated: NegotiatedSession?) -> [SDPExplanation.Stream] {
        offer.media.indices.map { index in
            let stream = offer.media[index]
            let line = stream.line.number
            let media = line.map { String(lines.text(of: $0).dropFirst(2)) } ?? stream.kind
            let isTaken = negotiated.map { index < $0.answer.media.count && $0.answer.media[index].port != 0 } ?? false
            if isTaken, let audio = negotiated?.audio {
                return SDPExplanation.Stream(
                    line: line, media: media, isTaken: true, formats: formats(of: stream, chosen: audio),
                    remarks: self.remarks(onTaken: stream, at: index, audio))
            }
            let isRTP = stream.kind.lowercased() == "audio" && stream.transport.uppercased().hasPrefix("RTP/")
            return SDPExplanation.Stream(
                line: line, media: media, isTaken: false, formats: isRTP ? formats(of: stream, chosen: nil) : [],
                remarks: [whyRefused(stream, at: index)])
        }
    }

    /// The answer has such a stream with port 0 in its place (RFC 3264 §6).
    private func whyRefused(_ stream: MediaDescription, at index: Int) -> Remark {
        let line = stream.line.number
        switch stream.kind.lowercased() {
        case "audio": break
        case "image": return Remark("refused: fax (T.38) is not taken, and has to go as audio", "RFC 3264 section 6", line: line)
        default: return Remark("refused: only audio is taken", "RFC 3264 section 6", line: line)
        }
        if stream.port == 0 {
            return stream["bundle-only"] != nil
                ? Remark(
                    "refused: it is to be had in a bundle alone", "RFC 9143 section 6", line: lines.number(of: "a=bundle-only", in: index))
                : Remark("port 0: the peer does not want it either", "RFC 3264 section 5.1", line: line)
        }
        do {
            _ = try AudioStream(
                at: index, in: offer, codecs: capabilities.codecs, family: ConnectionAddress(local.address).family,
                rtcpMux: capabilities.rtcpMux, encryption: capabilities.encryption)
            return Remark("refused: a call has one audio stream, and an earlier one is taken", "RFC 3264 section 6", line: line)
        } catch {
            return Remark("refused: \(error.description)", error.reference, line: line)
        }
    }

    private func remarks(onTaken stream: MediaDescription, at index: Int, _ audio: NegotiatedAudio) -> [Remark] {
        var remarks = [direction(of: stream, at: index, audio), packetTime(of: stream, at: index, audio)]
        remarks += addresses(of: stream, at: index, audio)
        remarks += encryption(of: stream, at: index, audio)
        if let name = stream.identification {
            remarks.append(Remark("its name `\(name)` is given back", "RFC 5888 section 9.1", line: lines.number(of: "a=mid", in: index)))
        }
        if audio.reportsVoIPMetrics {
            let line = lines.number(of: "a=rtcp-xr", in: index) ?? lines.number(of: "a=rtcp-xr", in: nil)
            remarks.append(Remark("the peer is told in RTCP how it sounds, and asked the same", "RFC 3611 section 5.2", line: line))
        }
        if stream.portCount ?? 1 > 1 {
            remarks.append(Remark("the first of its ports is used", "RFC 8866 section 5.14", line: stream.line.number))
        }
        return remarks + passedOver(stream.attributes, stream: index)
    }

    private func direction(of stream: MediaDescription, at index: Int, _ audio: NegotiatedAudio) -> Remark {
        let theirs = offer.direction(of: stream)
        let ours = "we are \(audio.direction.rawValue)"
        if let address = offer.connection(of: stream), address.isUnspecified {
            let line = lines.number(of: "c=", in: stream.connection == nil ? nil : index)
            return Remark("hold by an address of zeros: nothing may be sent there, \(ours)", "RFC 3264 section 8.4", line: line)
        }
        if let own = stream.direction {
            let line = lines.lastNumber(of: "a=\(own.rawValue)", in: index)
            return Remark("the peer is \(theirs.rawValue), so \(ours)", "RFC 3264 section 6.1", line: line)
        }
        if offer.attributes.direction != nil {
            let line = lines.lastNumber(of: "a=\(theirs.rawValue)", in: nil)
            return Remark("the peer is \(theirs.rawValue) for the whole session, so \(ours)", "RFC 8866 section 6.7", line: line)
        }
        return Remark("no direction is written, which means sendrecv: \(ours)", "RFC 8866 section 6.7")
    }

    private func packetTime(of stream: MediaDescription, at index: Int, _ audio: NegotiatedAudio) -> Remark {
        let times = audio.codec.packetTimes.filter(capabilities.packetTimes.contains)
        let range =
            audio.codec == .opus
            ? times.map { String($0) }.joined(separator: ", ") + " ms"
            : "\(times.first ?? 10) to \(times.last ?? 10) ms in tens"
        let line = lines.number(of: "a=ptime", in: index) ?? lines.number(of: "a=maxptime", in: index)
        let sent = "\(audio.packetTime) ms in each packet"
        switch (stream.packetTime, stream.maximumPacketTime) {
        case (nil, nil): return Remark("\(sent): no ptime that can be read, so ours", "RFC 8866 section 6.4", line: line)
        case (let asked?, _) where asked == audio.packetTime: return Remark("\(sent), as asked", "RFC 8866 section 6.4", line: line)
        case (_, let most?) where most < stream.packetTime ?? capabilities.preferredPacketTime:
            let limit = lines.number(of: "a=maxptime", in: index)
            return Remark("\(sent): maxptime allows \(most), we send \(range)", "RFC 8866 section 6.5", line: limit)
        case (let asked?, _): return Remark("\(sent): \(asked) is asked for, we send \(range)", "RFC 8866 section 6.4", line: line)
        default: return Remark("\(sent): ours, which maxptime allows", "RFC 8866 section 6.5", line: line)
        }
    }

    private func addresses(of stream: MediaDescription, at index: Int, _ audio: NegotiatedAudio) -> [Remark] {
        let scope = stream.connection == nil ? "the session's" : "the stream's own"
        let line = lines.number(of: "c=", in: stream.connection == nil ? nil : index)
        let rtcp = lines.number(of: "a=rtcp", in: index)
        var remarks = [
            Remark("media goes to \(audio.remoteAddress) port \(audio.remotePort), \(scope) c= line", "RFC 8866 section 5.7", line: line)
        ]
        if audio.rtcpMux {
            let mux = lines.number(of: "a=rtcp-mux", in: index) ?? lines.number(of: "a=rtcp-mux-only", in: index)
            remarks.append(Remark("RTCP shares the RTP port", "RFC 5761 section 5.1.1", line: mux))
        } else if let port = audio.remoteRTCPPort {
            remarks.append(
                rtcp != nil
                    ? Remark("RTCP goes to \(audio.remoteRTCPAddress) port \(port)", "RFC 3605 section 2.1", line: rtcp)
                    : Remark("RTCP goes to the port after it, \(port)", "RFC 3550 section 11"))
        } else {
            remarks.append(Remark("there is no port after it for RTCP", "RFC 3550 section 11"))
        }
        if ConnectionAddress(local.address).family == .ipv6 {
            remarks.append(Remark("answered with our IPv6 address", "RFC 6157 section 4"))
        }
        return remarks
    }

    private func passedOver(_ attributes: [SessionAttribute], stream: Int?) -> [Remark] {
        Self.ignored.compactMap { group in
            // What becomes of keys where they mean something is said of the stream.
            if group.names.contains(CryptoAttribute.name), capabilities.encryption != .off { return nil }
            guard let first = attributes.first(where: { group.names.contains($0.name) }) else { return nil }
            return Remark(group.what, group.reference, line: lines.number(of: "a=\(first.name)", in: stream))
        }
    }
}
