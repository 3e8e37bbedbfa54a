import{g as n}from"./index-Dps7_UWN.js";async function t(t){const{current:e}=await n("/me/consents"),r=e.find(n=>n.purpose===t);return r&&!r.given?r.text:""}export{t as c};
