import SIP
import Testing

@Suite struct TortureTests {
    @Test func theManifestIsFound() {
        #expect(TortureVector.all.filter { $0.rfc == "4475" }.count == 49)
        #expect(TortureVector.all.filter { $0.rfc == "5118" }.count == 12)
        #expect(TortureVector.all.allSatisfy { !$0.bytes.isEmpty })
    }

    @Test(arguments: TortureVector.all)
    func isReadOrRefusedAsTheManifestSays(_ vector: TortureVector) {
        do throws(SIPParseError) {
            _ = try SIPMessage.parse(vector.bytes).envelope()
            #expect(vector.isValid)
        } catch {
            #expect(!vector.isValid, "\(error)")
            #expect(error.offset <= vector.bytes.count)
        }
    }

    private func message(_ name: String) throws -> SIPMessage {
        let vector = try #require(TortureVector.all.first { $0.name == name })
        return try SIPMessage.parse(vector.bytes)
    }

    @Test func tortuousInvite() throws {
        let message = try message("wsinv")
        let envelope = try message.envelope()
        #expect(envelope.to.tag == "1918181833n")
        #expect(envelope.from.display == "J Rosenberg \\\"")
        #expect(envelope.from.tag == "98asjd8")
        #expect(envelope.cseq == CSeq(number: 9, method: .invite))
        #expect(envelope.via.transport == "UDP" && envelope.via.host == "192.0.2.2" && envelope.via.branch == "390skdjuw")
        #expect(envelope.via.uniqueBranch == nil)
        #expect(try message.number(of: .maxForwards, upTo: 255) == 68)
        #expect(try message.elements(of: .via).count == 3)
        let contact = try #require(try message.addresses(of: .contact).first)
        #expect(contact.display == "Quoted string \"\"" && contact.parameters["newparam"] == "newvalue")
        #expect(contact.parameters.contains("secondparam") && contact.parameters["q"] == "0.33")
        #expect(message.value(named: "newfangledheader") == "newfangled value continued newfangled value")
        #expect(message.body?.bytes.count == 150)
    }

    @Test func wideRangeOfCharacters() throws {
        let message = try message("intmeth")
        let envelope = try message.envelope()
        #expect(message.method?.name == "!interesting-Method0123456789_*+`.%indeed'~")
        #expect(envelope.to.display == "BEL:\u{07} NUL:\u{00} DEL:\u{7F}")
        #expect(envelope.from.display == "token1~` token2'+_ token3*%!.-")
        #expect(envelope.from.tag == "_token~1'+`*%!-.")
        let uri = try message.requestURI()
        #expect(uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*" && uri.host == "example.com")
    }

    @Test func escapes() throws {
        let message = try message("esc01")
        #expect(try message.requestURI().user == "sips:user@example.com")
        #expect(try message.envelope().from.uri.user == "I have spaces")
        #expect(try self.message("escnull").envelope().to.uri.user == "null-\u{0}-null")
    }

    @Test func percentIsNoEscapeInAMethod() throws {
        let message = try message("esc02")
        #expect(message.method == .other("RE%47IST%45R"))
        #expect(try message.addresses(of: .contact).count == 2)
    }

    @Test func bytesBehindTheBodyAreCut() throws {
        let message = try message("dblreq")
        #expect(message.method == .register && message.body == nil)
    }

    @Test func semicolonInTheUser() throws {
        let uri = try message("semiuri").requestURI()
        #expect(uri.user == "user;par=u@example.net" && uri.host == "example.com" && uri.parameters.items.isEmpty)
    }

    @Test func partsOfSeveralTypes() throws {
        let body = try #require(try message("mpart01").body)
        #expect(body.contentType == "multipart/mixed;boundary=7a9cbec02ceef655" && body.bytes.count == 553)
    }

    /// RFC 3261 §20.10: without angle brackets a parameter belongs to the header, within them to the URI.
    @Test func parametersOfAContact() throws {
        let outside = try #require(try message("cparam01").addresses(of: .contact).first)
        #expect(outside.parameters.contains("unknownparam") && outside.uri.parameters.items.isEmpty)
        let inside = try #require(try message("cparam02").addresses(of: .contact).first)
        #expect(inside.parameters.items.isEmpty && inside.uri.parameters.contains("unknownparam"))
        #expect(try message("regescrt").addresses(of: .contact).first?.uri.headers.isEmpty == false)
    }

    /// RFC 5118 §4.3 and §4.4: a port belongs behind the bracket.
    @Test func portsOfIPv6References() throws {
        let ambiguous = try message("port-ambiguous").requestURI()
        #expect(ambiguous.host == "2001:db8::10:5070" && ambiguous.port == nil)
        let plain = try message("port-unambiguous").requestURI()
        #expect(plain.host == "2001:db8::10" && plain.port == 5070)
        #expect(throws: SIPParseError.self) { try message("ipv6-bad").requestURI() }
    }

    /// RFC 5118 §4.5: `received` comes with and without brackets.
    @Test func receivedWithAndWithoutBrackets() throws {
        #expect(try message("via-received-param-with-delim").topVia()?.parameters["received"] == "[2001:db8::9:255]")
        #expect(try message("via-received-param-no-delim").topVia()?.parameters["received"] == "2001:db8::9:255")
        #expect(try message("via-received-param-no-delim").topVia()?.host == "2001:db8::9:1")
    }

    /// RFC 5118 §4.7, §4.9 and §4.10.
    @Test func addressesOfBothFamilies() throws {
        #expect(try message("mult-ip-in-header").elements(of: .via).count == 3)
        let mapped = try message("ipv4-mapped-ipv6")
        #expect(try mapped.topVia()?.host == "::ffff:192.0.2.10" && mapped.topVia()?.port == 19823)
        #expect(try mapped.addresses(of: .contact).first?.uri.host == "::ffff:192.0.2.2")
        #expect(try message("ipv6-bug-abnf-3-colons").requestURI().host == "2001:db8:::192.0.2.1")
        #expect(try message("ipv6-correct-abnf-2-colons").requestURI().host == "2001:db8::192.0.2.1")
    }
}
