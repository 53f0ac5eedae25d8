//! A file that is not to the byte as it was written is refused, and no error
//! shows what is secret in it.

use time::OffsetDateTime;

use crate::hand_off::error::HandOffError;
use crate::hand_off::file::{HandOff, LinkedBefore, RequestNote};
use crate::journal::TemplateUrl;
use crate::testing::{ACCOUNT, ORG, TASK};

pub(super) fn hand_off() -> HandOff {
    HandOff {
        about: RequestNote {
            org_id: ORG.into(),
            org_name: Some("Lab \"1\"".into()),
            requested_by: Some("ann@example.com".into()),
            tracking_task: TASK.into(),
            created: OffsetDateTime::UNIX_EPOCH,
            expires: Some(OffsetDateTime::UNIX_EPOCH + time::Duration::days(1)),
            stack_name: "name".into(),
            region: "us-west-2".into(),
            account: Some(ACCOUNT.into()),
            relink_broken: false,
            linked_accounts: vec![LinkedBefore {
                id: "link-1".into(),
                account_number: Some("999999999999".into()),
                state: Some("ACTIVE".into()),
                cf_stack_name: None,
            }],
        },
        template_url: TemplateUrl::new("https://s3.amazonaws.com/t?sig=canary"),
        template_sha256: "ab".repeat(32),
    }
}

fn refused(text: &[u8], what: &str) -> HandOffError {
    let error = HandOff::read(text).expect_err(what);
    let shown = format!("{error}{error:?}{}", error.hint());
    assert!(!shown.contains("canary"), "{what}: {shown}");
    error
}

#[test]
fn what_is_written_is_read_back_and_the_address_never_shown() {
    let written = hand_off().write();
    assert_eq!(HandOff::read(&written).unwrap(), hand_off());
    assert!(!format!("{:?}", hand_off()).contains("canary"));
    let value: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(value["format"], "vmc-link-request");
    assert_eq!(value["created"], "1970-01-01T00:00:00Z");
    assert_eq!(value["expires"], "1970-01-02T00:00:00Z");
    assert_eq!(value["linked_accounts"][0]["state"], "ACTIVE");
}

#[test]
fn line_ends_may_change_on_the_way() {
    let text = String::from_utf8(hand_off().write()).unwrap();
    for changed in [
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        text.trim_end().replace('\n', "\r\n"),
    ] {
        assert_eq!(HandOff::read(changed.as_bytes()).unwrap(), hand_off());
    }
}

#[test]
fn every_cut_is_refused() {
    let whole = hand_off().write();
    for length in 0..whole.len() - 1 {
        refused(&whole[..length], &format!("cut at {length}"));
    }
}

#[test]
fn every_altered_byte_is_refused() {
    let whole = hand_off().write();
    for at in 0..whole.len() {
        for change in [0x01, 0x20, 0x80] {
            let mut altered = whole.clone();
            altered[at] ^= change;
            refused(&altered, &format!("byte {at} changed by {change:#x}"));
        }
        let mut longer = whole.clone();
        longer.insert(at, b' ');
        refused(&longer, &format!("a blank before byte {at}"));
    }
}

#[test]
fn what_somebody_adds_or_takes_is_refused() {
    let text = String::from_utf8(hand_off().write()).unwrap();
    for (altered, code) in [
        (
            text.replace("\"name\"", "\"other\""),
            "link_request_altered",
        ),
        (
            text.replacen('{', "{\n  \"x\": 1,", 1),
            "link_request_altered",
        ),
        (
            text.replace("1970-01-02T", "2970-01-02T"),
            "link_request_altered",
        ),
        (
            text.replace("\"version\": 1", "\"version\": 2"),
            "link_request_newer",
        ),
        (
            text.replace("\"version\": 1", "\"version\": \"1\""),
            "no_link_request",
        ),
        (text.replace("vmc-link-request", "other"), "no_link_request"),
        (
            text.replace("\"template_url\"", "\"template\""),
            "no_link_request",
        ),
        ("[]".into(), "no_link_request"),
        ("\"canary\"".into(), "no_link_request"),
        ("canary".into(), "no_link_request"),
        (String::new(), "no_link_request"),
    ] {
        assert_ne!(altered, text);
        assert_eq!(
            refused(altered.as_bytes(), &altered).code(),
            code,
            "{altered}"
        );
    }
}

#[test]
fn the_fingerprint_is_of_the_whole_file() {
    let file = hand_off();
    let print = file.fingerprint();
    assert_eq!(print.len(), 19, "{print}");
    file.check_fingerprint(&print).unwrap();
    file.check_fingerprint(&print.to_uppercase().replace('-', " "))
        .unwrap();
    let mut other = hand_off();
    other.template_url = TemplateUrl::new("https://s3.amazonaws.com/t?sig=other");
    assert!(matches!(
        other.check_fingerprint(&print),
        Err(HandOffError::WrongFingerprint { .. })
    ));
    for odd in ["", "0a1b", &print[..18], "zzzz-zzzz-zzzz-zzzz"] {
        assert!(matches!(
            file.check_fingerprint(odd),
            Err(HandOffError::NoFingerprint { .. })
        ));
    }
}
