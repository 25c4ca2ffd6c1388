/** Stub. @module */
export type TreeQuestion = { readonly x: number };
export type TreeAnswer = { readonly x: number };
