//! Credit notices: the signatures of four senders against vectors made by another program,
//! every refusal, and what is read.
//!
//! The vectors come from a few lines of Python (`hmac.new(key, text, "sha256").hexdigest()`),
//! with `text` put together by hand as each provider's page says:
//! `"1788591757." + body`; for PayOS `"&".join(k + "=" + v for k, v in sorted(...))`; for
//! Casso `"1788591757123." + json.dumps(body, sort_keys=True, separators=(",", ":"))`.

#![allow(clippy::unwrap_used)]

use ansinh_settlement::{
    CounterAccount, Delivery, Dong, Ignored, Notice, NoticeError, NoticeErrorKind as Kind,
    NoticeScheme, Reading, read_notice, sign_notice, verify_notice,
};
use proptest::prelude::*;

const NOW: i64 = 1_788_591_757;
const BOOKED_AT: i64 = 1_788_591_757_000_000;

const SEPAY: &str = r#"{"id":92704,"gateway":"Agribank","transactionDate":"2026-09-05 14:02:37","accountNumber":"1300200012345","subAccount":"VA0012","code":null,"content":"AS22322486J5 hoc phi","transferType":"in","transferAmount":540000,"accumulated":19077000,"referenceCode":"FT26248.123","description":""}"#;
const SEPAY_HEX: &str = "2152689a92df3d0bf56689142dd590f582980536cac37b058e7ee520c337cb66";
const PAYOS_DATA: &str = r#"{"orderCode":123,"amount":540000,"description":"AS22322486J5","accountNumber":"1300200012345","reference":"TF230204212323","transactionDateTime":"2026-09-05 14:02:37","currency":"VND","paymentLinkId":"124c33293c43417ab7879e14c8d9eb18","code":"00","desc":"Thành công","counterAccountBankId":"970436","counterAccountBankName":null,"counterAccountName":"NGUYEN VAN MAU","counterAccountNumber":"0071000000001","virtualAccountName":"undefined","virtualAccountNumber":"null","items":[{"b":1,"a":"x/y"},{"b":2,"a":null}],"paid":true}"#;
const PAYOS_HEX: &str = "cdc1338de1c89c21a47ce2f46dc1fc6cf3d008a44c9510c015cc2052b6292967";
const CASSO: &str = r#"{"error":0,"data":{"reference":"FT26248.123","id":7,"description":"AS22322486J5 \"hoc phi\" lớp 3/2","amount":540000,"runningBalance":25000000,"transactionDateTime":"2026-09-05 14:02:37","accountNumber":"1300200012345","bankName":"Agribank","bankAbbreviation":"VBA","virtualAccountNumber":"","virtualAccountName":"","counterAccountName":"NGUYEN VAN MAU","counterAccountNumber":"0071000000001","counterAccountBankId":"970436","counterAccountBankName":"Vietcombank"}}"#;
const CASSO_SIGNATURE: &str = "t=1788591757123,v1=cb30f45a1354d88e1a92644c03b1adb376494ae43f905828f71d4a8d4bb2f64dd651c0d2563d7a18f4ee985b053231c51e95c4fc61a045ad98c8ecc716d1d611";
const ANSINH: &str = r#"{"notice":1,"id":"AGRI-20260905-000017","bin":"970405","account":"1300200012345","amount":540000,"currency":"VND","direction":"credit","booked_at":"2026-09-05T14:02:37+07:00","content":"AS22322486J5 hoc phi","counter":{"bin":"970436","account":"0071000000001","name":"NGUYEN VAN MAU"},"reference":"FT26248.123"}"#;
const ANSINH_SIGNATURE: &str =
    "t=1788591757,k=k1,v1=856c2059a0edc84db90cbe47c9a898f74513cd6d4744524239f4856ee087d763";

const SEPAY_KEY: NoticeScheme = NoticeScheme::SepayHmac(b"sepay-secret");
const PAYOS_KEY: NoticeScheme = NoticeScheme::PayOs(b"payos-checksum");
const CASSO_KEY: NoticeScheme = NoticeScheme::Casso(b"casso-key");
const ANSINH_KEY: NoticeScheme = NoticeScheme::AnSinh(&bank_key);

fn bank_key(id: &str) -> Option<Vec<u8>> {
    (id == "k1").then(|| b"a-key-agreed-with-the-bank".to_vec())
}

fn deliver(
    scheme: NoticeScheme,
    headers: &[(&str, &str)],
    body: &str,
    now_s: i64,
) -> Result<Reading, NoticeError> {
    let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let delivery = Delivery {
        header: &header,
        body: body.as_bytes(),
        received_at: now_s * 1_000_000,
    };
    read_notice(scheme, &delivery)
}

fn sepay_headers(signature: &str) -> [(&str, &str); 2] {
    [
        ("x-sepay-signature", signature),
        ("x-sepay-timestamp", "1788591757"),
    ]
}

fn payos(data: &str, signature: &str) -> String {
    format!(
        r#"{{"code":"00","desc":"success","success":true,"data":{data},"signature":"{signature}"}}"#
    )
}

/// A body of AnSinh's notice, rightly signed: for what comes after the signature.
fn signed(body: &str) -> Result<Reading, NoticeError> {
    let signature = sign_notice("k1", &bank_key("k1").unwrap(), NOW, body.as_bytes());
    deliver(ANSINH_KEY, &[("x-ansinh-signature", &signature)], body, NOW)
}

fn expected(provider: &'static str) -> Notice {
    Notice {
        provider,
        id: String::new(),
        bank_account: "1300200012345".into(),
        virtual_account: None,
        amount: Dong::new(540_000).unwrap(),
        at: BOOKED_AT,
        content: "AS22322486J5 hoc phi".into(),
        counter_account: Some(CounterAccount {
            bank: Some("970436".into()),
            number: "0071000000001".into(),
            name: Some("NGUYEN VAN MAU".into()),
        }),
        bank_reference: Some("FT26248.123".into()),
    }
}

/// Catches a signature made otherwise than the sender makes it, and a field read wrongly.
#[test]
fn reads_what_each_sender_signs() {
    let hex = format!("sha256={SEPAY_HEX}");
    let credit = |notice: Notice| Ok(Reading::Credit(Box::new(notice)));
    assert_eq!(
        deliver(SEPAY_KEY, &sepay_headers(&hex), SEPAY, NOW),
        credit(Notice {
            id: "92704".into(),
            virtual_account: Some("VA0012".into()),
            counter_account: None,
            ..expected("sepay")
        })
    );
    let api_key = [("authorization", "Apikey s3cret")];
    assert!(deliver(NoticeScheme::SepayApiKey("s3cret"), &api_key, SEPAY, 0).is_ok());
    assert_eq!(
        deliver(PAYOS_KEY, &[], &payos(PAYOS_DATA, PAYOS_HEX), 0),
        credit(Notice {
            id: "124c33293c43417ab7879e14c8d9eb18/TF230204212323".into(),
            content: "AS22322486J5".into(),
            bank_reference: Some("TF230204212323".into()),
            ..expected("payos")
        })
    );
    assert_eq!(
        deliver(
            CASSO_KEY,
            &[("x-casso-signature", CASSO_SIGNATURE)],
            CASSO,
            NOW
        ),
        credit(Notice {
            id: "7".into(),
            content: "AS22322486J5 \"hoc phi\" lớp 3/2".into(),
            ..expected("casso")
        })
    );
    let wanted = credit(Notice {
        id: "AGRI-20260905-000017".into(),
        ..expected("ansinh")
    });
    let header = [("x-ansinh-signature", ANSINH_SIGNATURE)];
    assert_eq!(deliver(ANSINH_KEY, &header, ANSINH, NOW), wanted);
    assert_eq!(
        sign_notice("k1", &bank_key("k1").unwrap(), NOW, ANSINH.as_bytes()),
        ANSINH_SIGNATURE
    );
}

/// Catches a delivery that is taken with a changed body, another secret, a missing or
/// malformed signature, an unknown key, or a time too far off.
#[test]
fn refuses_what_cannot_be_trusted() {
    let sepay = format!("sha256={SEPAY_HEX}");
    let sepay_other = SEPAY.replace("540000", "940000");
    let payos_good = payos(PAYOS_DATA, PAYOS_HEX);
    let payos_other = payos_good.replace("540000", "940000");
    let casso = [("x-casso-signature", CASSO_SIGNATURE)];
    let casso_other = CASSO.replace("540000", "940000");
    let ansinh = [("x-ansinh-signature", ANSINH_SIGNATURE)];
    let ansinh_other = ANSINH.replace("540000", "940000");
    let no_hex = [("x-ansinh-signature", "t=1788591757,k=k1,v1=00")];
    let no_key = ANSINH_SIGNATURE.replace("k=k1", "k=k2");
    let longer = format!("{ANSINH_SIGNATURE},v2=x");
    let later = ANSINH_SIGNATURE.replace("1788591757", "1788591758");
    let upper = format!("sha256={}", SEPAY_HEX.to_uppercase());
    let key = NoticeScheme::SepayApiKey("s3cret");
    for (n, (result, kind)) in [
        (
            deliver(SEPAY_KEY, &sepay_headers(&sepay), &sepay_other, NOW),
            Kind::BadSignature,
        ),
        (
            deliver(
                NoticeScheme::SepayHmac(b"other"),
                &sepay_headers(&sepay),
                SEPAY,
                NOW,
            ),
            Kind::BadSignature,
        ),
        (
            deliver(SEPAY_KEY, &sepay_headers(SEPAY_HEX), SEPAY, NOW),
            Kind::SignatureForm,
        ),
        (
            deliver(SEPAY_KEY, &sepay_headers(&upper), SEPAY, NOW),
            Kind::SignatureForm,
        ),
        (deliver(SEPAY_KEY, &[], SEPAY, NOW), Kind::MissingSignature),
        (
            deliver(SEPAY_KEY, &sepay_headers(&sepay)[..1], SEPAY, NOW),
            Kind::MissingSignature,
        ),
        (
            deliver(SEPAY_KEY, &sepay_headers(&sepay), SEPAY, NOW + 301),
            Kind::StaleTime,
        ),
        (
            deliver(SEPAY_KEY, &sepay_headers(&sepay), SEPAY, NOW - 301),
            Kind::StaleTime,
        ),
        (
            deliver(key, &[("authorization", "Apikey s3cres")], SEPAY, NOW),
            Kind::BadSignature,
        ),
        (
            deliver(key, &[("authorization", "Bearer s3cret")], SEPAY, NOW),
            Kind::SignatureForm,
        ),
        (
            deliver(
                NoticeScheme::SepayApiKey(""),
                &[("authorization", "Apikey ")],
                SEPAY,
                NOW,
            ),
            Kind::BadSignature,
        ),
        (
            deliver(PAYOS_KEY, &[], &payos_other, NOW),
            Kind::BadSignature,
        ),
        (
            deliver(PAYOS_KEY, &[], &payos(PAYOS_DATA, ""), NOW),
            Kind::MissingSignature,
        ),
        (
            deliver(CASSO_KEY, &casso, &casso_other, NOW),
            Kind::BadSignature,
        ),
        (
            deliver(CASSO_KEY, &casso, CASSO, NOW + 301),
            Kind::StaleTime,
        ),
        (deliver(CASSO_KEY, &[], CASSO, NOW), Kind::MissingSignature),
        (
            deliver(ANSINH_KEY, &ansinh, &ansinh_other, NOW),
            Kind::BadSignature,
        ),
        (
            deliver(ANSINH_KEY, &ansinh, ANSINH, NOW + 301),
            Kind::StaleTime,
        ),
        (
            deliver(ANSINH_KEY, &no_hex, ANSINH, NOW),
            Kind::SignatureForm,
        ),
        (
            deliver(ANSINH_KEY, &[("x-ansinh-signature", &no_key)], ANSINH, NOW),
            Kind::UnknownKey,
        ),
        (
            deliver(ANSINH_KEY, &[("x-ansinh-signature", &longer)], ANSINH, NOW),
            Kind::SignatureForm,
        ),
        (
            deliver(ANSINH_KEY, &[("x-ansinh-signature", &later)], ANSINH, NOW),
            Kind::BadSignature,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let error = result.unwrap_err();
        assert_eq!(error.kind, kind, "case {n}: {error}");
        assert!(error.is_untrusted(), "case {n}");
    }
    assert!(deliver(SEPAY_KEY, &sepay_headers(&sepay), SEPAY, NOW + 300).is_ok());
}

/// Catches a body that is trusted and malformed and is read all the same: amounts that are
/// no whole đồng, another currency, missing fields, wrong types, and where they stand.
#[test]
fn refuses_malformed_bodies_with_their_place() {
    assert!(signed(ANSINH).is_ok());
    let with = |from: &str, to: &str| {
        assert!(ANSINH.contains(from), "{from}");
        signed(&ANSINH.replacen(from, to, 1))
    };
    for (result, kind, place) in [
        (with("540000", "540000.5"), Kind::AmountForm, "amount"),
        (with("540000", "540000.0"), Kind::AmountForm, "amount"),
        (with("540000", "54e4"), Kind::AmountForm, "amount"),
        (with("540000", "\"540000\""), Kind::AmountForm, "amount"),
        (with("540000", "0"), Kind::AmountForm, "amount"),
        (with("540000", "-540000"), Kind::AmountForm, "amount"),
        (
            with("540000", "1000000000000001"),
            Kind::AmountForm,
            "amount",
        ),
        (
            with("540000", "99999999999999999999999"),
            Kind::AmountForm,
            "amount",
        ),
        (with("\"amount\":540000,", ""), Kind::AmountForm, "amount"),
        (with("\"VND\"", "\"USD\""), Kind::WrongCurrency, "currency"),
        (
            with("\"currency\":\"VND\",", ""),
            Kind::Malformed,
            "currency",
        ),
        (
            with("\"notice\":1", "\"notice\":2"),
            Kind::Malformed,
            "notice",
        ),
        (with("\"credit\"", "\"in\""), Kind::Malformed, "direction"),
        (with("AGRI-20260905-000017", ""), Kind::Malformed, "id"),
        (
            with("\"1300200012345\"", "1300200012345"),
            Kind::Malformed,
            "account",
        ),
        (
            with("2026-09-05T14:02:37+07:00", "05/09/2026"),
            Kind::Malformed,
            "booked_at",
        ),
        (
            with("2026-09-05T", "2026-02-30T"),
            Kind::Malformed,
            "booked_at",
        ),
        (
            with("\"0071000000001\"", "71000000001"),
            Kind::Malformed,
            "counter.account",
        ),
        (
            with("{\"bin\"", "[{\"bin\""),
            Kind::Malformed,
            "line 1, column 298",
        ),
        (signed("[]"), Kind::Malformed, ""),
        (signed(""), Kind::Malformed, "line 1, column 0"),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.place.as_str()), (kind, place), "{error}");
        assert!(!error.is_untrusted());
    }
    let nested = payos(r#"{"a":{"b":1}}"#, PAYOS_HEX);
    assert_eq!(
        deliver(PAYOS_KEY, &[], &nested, NOW).unwrap_err().place,
        "data.a"
    );
}

/// Catches money that went out, or did not come, booked as a credit.
#[test]
fn what_is_no_credit_is_ignored_as_such() {
    let out = SEPAY.replace("\"in\"", "\"out\"");
    let key = NoticeScheme::SepayApiKey("k");
    let id = "92704".to_owned();
    assert_eq!(
        deliver(key, &[("authorization", "Apikey k")], &out, NOW),
        Ok(Reading::Ignored {
            id,
            why: Ignored::Outgoing
        })
    );
    let debit = signed(&ANSINH.replace("\"credit\"", "\"debit\"")).unwrap();
    assert!(matches!(
        debit,
        Reading::Ignored {
            why: Ignored::Outgoing,
            ..
        }
    ));
    let failed = payos(PAYOS_DATA, PAYOS_HEX).replace("\"success\":true", "\"success\":false");
    let failed = deliver(PAYOS_KEY, &[], &failed, NOW).unwrap();
    assert!(matches!(
        failed,
        Reading::Ignored {
            why: Ignored::NotSucceeded,
            ..
        }
    ));
    // hmac.new(b"casso-key", b'1788591757123.{"data":{"amount":-540000,"id":8},"error":0}', "sha512")
    let header = [("x-casso-signature", CASSO_OUT)];
    let body = r#"{"error":0,"data":{"id":8,"amount":-540000}}"#;
    let paid = deliver(CASSO_KEY, &header, body, NOW).unwrap();
    assert!(matches!(
        paid,
        Reading::Ignored {
            why: Ignored::Outgoing,
            ..
        }
    ));
}

const CASSO_OUT: &str = "t=1788591757123,v1=e4a1119bdf1e679d03bfbc99ac67d3efe932554a70ae44a85c33720ce21dadeb67ab43e4b95d34b86b6d666506e9345b62dc7aee299d39b1043731cada44a4db";

proptest! {
    /// Catches a reader that panics on any body, trusted or not, or takes an unsigned one.
    #[test]
    fn any_delivery_is_answered(body in any::<String>(), header in any::<String>(), near in "t=[0-9]{1,20},(k=k1,)?v1=[0-9a-f]{64,128}") {
        for scheme in [SEPAY_KEY, NoticeScheme::SepayApiKey("k"), PAYOS_KEY, CASSO_KEY, ANSINH_KEY] {
            for header in [&header, &near] {
                let names = ["x-sepay-signature", "x-sepay-timestamp", "authorization", "x-casso-signature", "x-ansinh-signature"];
                let headers: Vec<(&str, &str)> = names.iter().map(|n| (*n, header.as_str())).collect();
                prop_assert!(deliver(scheme, &headers, &body, NOW).is_err());
            }
        }
        let _ = signed(&body);
    }

    /// Catches a signature that covers less than every byte of the body.
    #[test]
    fn a_changed_byte_is_found(at in any::<prop::sample::Index>(), c in "[ -~]") {
        let mut body = ANSINH.to_owned();
        let place = at.index(body.len());
        prop_assume!(body[place..=place] != c);
        body.replace_range(place..=place, &c);
        let result = deliver(ANSINH_KEY, &[("x-ansinh-signature", ANSINH_SIGNATURE)], &body, NOW);
        prop_assert_eq!(result.unwrap_err().kind, Kind::BadSignature);
    }
}

/// Catches a notice of a known sender that is thrown away because it cannot be read, and
/// one of a stranger that is kept.
#[test]
fn a_signature_is_asked_apart_from_the_reading() {
    let unreadable = ANSINH.replacen("540000", "0", 1);
    let signature = sign_notice("k1", &bank_key("k1").unwrap(), NOW, unreadable.as_bytes());
    let verified = |scheme, headers: &[(&str, &str)], body: &str, now_s: i64| {
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let delivery = Delivery {
            header: &header,
            body: body.as_bytes(),
            received_at: now_s * 1_000_000,
        };
        verify_notice(scheme, &delivery).map_err(|e| e.kind)
    };
    let signed = [("x-ansinh-signature", signature.as_str())];
    assert_eq!(verified(ANSINH_KEY, &signed, &unreadable, NOW), Ok(()));
    assert_eq!(
        verified(ANSINH_KEY, &signed, ANSINH, NOW),
        Err(Kind::BadSignature)
    );
    assert_eq!(
        verified(ANSINH_KEY, &signed, &unreadable, NOW + 301),
        Err(Kind::StaleTime)
    );
    let paid = payos(PAYOS_DATA, PAYOS_HEX);
    assert_eq!(verified(PAYOS_KEY, &[], &paid, 0), Ok(()));
    assert_eq!(verified(PAYOS_KEY, &[], "{", 0), Err(Kind::Malformed));
    let casso = [("x-casso-signature", "t=1,v1=00")];
    assert_eq!(verified(CASSO_KEY, &casso, "{", 0), Err(Kind::Malformed));
}
