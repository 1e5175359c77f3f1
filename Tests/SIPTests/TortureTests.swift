import SIP
import Testing

@Suite struct TortureTests {
    @Test func theManifestIsFound() {
        #expect(TortureVector.all.count >= 35)
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
}
