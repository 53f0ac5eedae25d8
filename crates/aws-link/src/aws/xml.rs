//! XML answers as a tree of elements: namespaces, attributes and mixed content
//! play no part in AWS's.

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Xml {
    /// Its name, without a namespace.
    pub(crate) name: String,
    /// The text in it.
    pub(crate) text: String,
    /// The elements in it.
    pub(crate) children: Vec<Xml>,
}

/// No answer of AWS's is deeper than a dozen elements.
const DEEPEST: usize = 32;

impl Xml {
    /// Reads a document; `None` where it is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let document = roxmltree::Document::parse(text).ok()?;
        Self::of(document.root_element(), 0)
    }

    fn of(node: roxmltree::Node<'_, '_>, depth: usize) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        let children = node
            .children()
            .filter(roxmltree::Node::is_element)
            .map(|child| Self::of(child, depth + 1));
        Some(Self {
            name: node.tag_name().name().to_owned(),
            text: node.text().unwrap_or_default().to_owned(),
            children: children.collect::<Option<_>>()?,
        })
    }

    /// The first element of that name in it.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of such an element; empty where there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    /// The elements of a list: `member` or `item` below the element of that name.
    pub(crate) fn items(&self, name: &str) -> impl Iterator<Item = &Self> {
        let list = self.child(name).map_or(&[][..], |list| &list.children);
        list.iter()
            .filter(|item| matches!(item.name.as_str(), "member" | "item"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_found_by_name() {
        let xml = Xml::read(
            b"<?xml version=\"1.0\"?><r xmlns=\"http://x/\"><set>\n <item><id>a&amp;b</id></item><item/><other/></set></r>",
        )
        .unwrap();
        assert_eq!(xml.name, "r");
        let items: Vec<_> = xml.items("set").collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].text_of("id"), "a&b");
        assert_eq!(items[1].text_of("id"), "");
        assert_eq!(xml.items("none").count(), 0);
    }

    #[test]
    fn what_is_no_such_document_is_none() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\"><!ENTITY c \"&b;\">]><a>&b;</a>";
        for text in ["", "{}", "<a>", "<html><br></html>", &deep, bomb] {
            assert_eq!(Xml::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Xml::read(b"<a>\xff</a>"), None);
    }
}
